import { setTimeout as delay } from 'node:timers/promises';
import type { SimService } from '../../lab/sim/run/service.ts';
import type { MachineRecord, Operation } from '../../model/index.ts';
import { workIn } from '../../model/transitions.ts';

const LOOK_MS = 100;
const OPERATION_MS = 180_000;

/** Speaks to the service about machines as an operator would, and waits for what was asked. */
export function asking(service: SimService) {
  const machine = (id: string) => service.api<MachineRecord>('GET', `/v1/machines/${id}`);
  const until = async <Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> => {
    for (const deadline = Date.now() + OPERATION_MS; ; ) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await delay(LOOK_MS);
    }
  };
  const ask = async (id: string, verb: string, body?: object): Promise<string> => {
    const path = `/v1/machines/${id}/${verb}`;
    return (await service.api<{ operationId: string }>('POST', path, body)).operationId;
  };
  const operation = (id: string) => service.api<Operation>('GET', `/v1/operations/${id}`);
  /** The end of an operation, and the machine after it. */
  const ended = async (operationId: string): Promise<Operation> => {
    const end = await until(`the end of ${operationId}`, async () => {
      const found = await operation(operationId);
      return found.state === 'running' ? undefined : found;
    });
    await until(`${end.machineId} to come to rest`, async () =>
      workIn((await machine(end.machineId)).state) === undefined ? true : undefined,
    );
    return end;
  };
  return {
    machine,
    until,
    ask,
    ended,
    /** Until a step is at work, of any name or of this one. */
    atWork: (operationId: string, step: string) =>
      until(`${step} of ${operationId}`, async () =>
        (await operation(operationId)).steps.find(
          ({ name, state, waitingFor }) => name === step && state === 'running' && (waitingFor ?? true),
        ),
      ),
    /** @throws Error when it ends otherwise than it should */
    async run(id: string, verb: string, body?: object, end: 'succeeds' | 'fails' = 'succeeds') {
      const operationId = await ask(id, verb, body);
      const { state, failure } = await ended(operationId);
      if ((state === 'succeeded') !== (end === 'succeeds'))
        throw new Error(`${operationId} ended ${state}: ${failure?.message ?? ''}`);
      return operationId;
    },
  };
}
export type Asking = ReturnType<typeof asking>;
