import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { execa } from 'execa';
import type { Fleet } from '../../lab/sim/fleet.ts';
import type { SimService } from '../../lab/sim/run/service.ts';
import { RACKWRIGHT } from '../../lab/service.ts';
import type { Failure, MachineRecord, Operation } from '../../model/index.ts';
import type { Scheduled, SweptOperation } from './cases.ts';

export interface RoundPlaces {
  readonly dataDirectory: string;
  readonly api: SimService['api'];
  readonly temporal: Client;
  readonly fleet: Fleet;
  readonly machineId: string;
  readonly image: string;
}

export interface OperationEnd {
  readonly operationId: string;
  readonly state: string;
  readonly isStuck: boolean;
  readonly failure?: Failure;
  /** Empty: it ended as it had to. */
  readonly wrong: readonly string[];
}

export interface Round {
  /** One operation from its asking to its end. @param byCommand asked, and waited for, by the command of the CLI */
  run(operation: SweptOperation, deadlineMs: number, byCommand?: boolean): Promise<OperationEnd>;
  /** What the operation scheduled, in its order. */
  scheduled(operationId: string): Promise<readonly Scheduled[]>;
}

const LOOK_MS = 200;
/** Asked, and nothing was seen of it: whoever asked asks again. */
const UNHEARD_MS = 15_000;

export function createRound({ dataDirectory, api, temporal, fleet, machineId, image }: RoundPlaces): Round {
  const bodies: Readonly<Record<SweptOperation['verb'], object | undefined>> = {
    commission: undefined,
    test: { scripts: [], parameters: {}, destructive: false },
    power: { action: 'cycle' },
    deploy: { image },
    rescue: { sshKeys: [] },
    'exit-rescue': undefined,
    release: { erase: 'secure' },
  };
  const words: Readonly<Record<SweptOperation['verb'], readonly string[]>> = {
    commission: [],
    test: [],
    power: ['cycle'],
    deploy: ['--image', image],
    rescue: [],
    'exit-rescue': [],
    release: ['--erase', 'secure'],
  };
  const path = `/v1/machines/${machineId}`;

  /** The API or what is behind it may be away for a while: whoever looks looks again. */
  const patiently = async <Result>(work: () => Promise<Result>, deadline: number): Promise<Result> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || Date.now() > deadline) throw error;
        await delay(LOOK_MS);
      }
    }
  };
  /** Undefined: it was taken, and whoever writes it down died before. */
  const operationAt = (id: string): Promise<Operation | undefined> =>
    api<Operation>('GET', `/v1/operations/${id}`).catch((error: unknown) => {
      if (String(error).includes('NOT_FOUND')) return undefined;
      throw error;
    });
  const machine = (deadline: number) => patiently(() => api<MachineRecord>('GET', path), deadline);

  /** Until the machine works on another operation than before. */
  const askFor = async (
    verb: SweptOperation['verb'],
    before: string | undefined,
    deadline: number,
  ): Promise<string> => {
    for (;;) {
      const asked = await api('POST', `${path}/${verb}`, bodies[verb]).then(
        () => 'accepted' as const,
        (error: unknown) => {
          // Accepted, or not: nobody can know. What was accepted is in the way of asking again.
          if (isPassing(error) || String(error).includes('STATE_CONFLICT')) return 'unknown' as const;
          throw error;
        },
      );
      const patience = asked === 'accepted' ? deadline : Math.min(deadline, Date.now() + UNHEARD_MS);
      while (Date.now() < patience) {
        const { operationId } = await machine(deadline);
        if (operationId !== undefined && operationId !== before) return operationId;
        await delay(LOOK_MS);
      }
      if (Date.now() >= deadline) throw new Error(`${verb} was never taken`);
    }
  };

  /** The command asks and waits by itself; its end says whether it bore what happened meanwhile. */
  const command = async (verb: SweptOperation['verb'], deadlineMs: number): Promise<readonly string[]> => {
    const { exitCode, stderr } = await execa(
      RACKWRIGHT,
      ['machine', verb, machineId, ...words[verb], ...(verb === 'commission' ? [] : ['--yes'])],
      { env: { RW_DATA_DIR: dataDirectory }, stdin: 'ignore', reject: false, timeout: deadlineMs },
    );
    return exitCode === 0 ? [] : [`the command ended with ${exitCode}: ${stderr.trim().slice(-200)}`];
  };

  return {
    async run({ verb, to }, deadlineMs, byCommand = false) {
      const deadline = Date.now() + deadlineMs;
      const before = (await machine(deadline)).operationId;
      let commanded: Promise<readonly string[]> = Promise.resolve([]);
      let operationId: string;
      if (byCommand) {
        commanded = command(verb, deadlineMs);
        let found = before;
        while (found === before && Date.now() < deadline) {
          await delay(LOOK_MS);
          found = (await machine(deadline)).operationId;
        }
        if (found === undefined || found === before)
          throw new Error(`${verb} was never taken: ${(await commanded).join('; ')}`);
        operationId = found;
      } else {
        operationId = await askFor(verb, before, deadline);
      }
      let operation: Operation | undefined;
      do {
        await delay(LOOK_MS);
        operation = await patiently(() => operationAt(operationId), deadline);
      } while ((!operation || operation.state === 'running') && Date.now() < deadline);
      if (!operation) throw new Error(`${operationId} was taken and never written down`);
      const ended = await commanded;
      // The machine's own picture follows the end of its operation.
      let view = await machine(deadline);
      while ((view.state !== to || operation.failure) && !view.failure && Date.now() < deadline) {
        await delay(LOOK_MS);
        view = await machine(deadline);
      }
      const isStuck = operation.state === 'running';
      const wrong: string[] = [...ended];
      if (isStuck) wrong.push(`stuck in ${operation.steps.at(-1)?.name}`);
      if (view.failure) wrong.push(`${view.failure.code}: ${view.failure.message}`);
      if (view.state !== to) wrong.push(`ended ${view.state}, not ${to}`);
      const { status } = await temporal.workflow.getHandle(`machine/${machineId}`).describe();
      if (status.name !== 'RUNNING') wrong.push(`its workflow is ${status.name}`);
      const running = fleet.machines[0]?.machine.running;
      if (to === 'Deployed' && !view.failure && running !== 'installed')
        wrong.push(`the machine runs ${running}`);
      return {
        operationId,
        state: view.state,
        isStuck,
        wrong,
        ...(view.failure && { failure: view.failure }),
      };
    },

    async scheduled(operationId) {
      const { events } = await temporal.workflow.getHandle(`machine/${operationId}`).fetchHistory();
      return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: found }) =>
        found ? [{ activityId: found.activityId ?? '', activity: found.activityType?.name ?? '' }] : [],
      );
    },
  };
}

/** The API answers 503 while something behind it is away; without a status, nobody answered. */
function isPassing(error: unknown): boolean {
  const status = /^[A-Z]+ \S+: (\d{3}) /.exec(error instanceof Error ? error.message : '')?.[1];
  return status === undefined || status === '503';
}
