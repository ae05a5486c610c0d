import { setTimeout as delay } from 'node:timers/promises';
import type { MachineRecord, Operation } from '../../../model/index.ts';
import type { FaultCase } from '../faults/expected.ts';
import type { Fleet, FleetMachine } from '../fleet.ts';
import type { SimService } from './service.ts';

/** A simulated machine and what the service knows it as. */
export interface Known {
  readonly place: FleetMachine;
  readonly story: FaultCase;
  readonly id: string;
  readonly poweredOnAt: number;
}

type View = Pick<MachineRecord, 'id' | 'name' | 'state' | 'failure' | 'identity' | 'createdAt'>;

export type Progress = (line: string) => void;

const LOOK_MS = 500;
/** Requests under way: an operator's script does no more, and a busy service answers each within its limit. */
const AT_ONCE = 6;

/** Everybody presses all power buttons at once. Resolves when each machine that can has said hello. */
export async function enlist(
  service: Pick<SimService, 'api'>,
  fleet: Fleet,
  stories: readonly FaultCase[],
  deadlineMs: number,
  progress: Progress,
): Promise<readonly Known[]> {
  const poweredOnAt = Date.now();
  for (const { machine } of fleet.machines) machine.on();
  const known = new Map<string, Known>();
  const deadline = poweredOnAt + deadlineMs;
  while (known.size < fleet.machines.length && Date.now() < deadline) {
    for (const view of await machinesOf(service)) {
      const index = fleet.machines.findIndex(({ machine }) => machine.hardware.uuid === view.identity.uuid);
      const [place, story] = [fleet.machines[index], stories[index]];
      if (place && story) known.set(view.id, { place, story, id: view.id, poweredOnAt });
    }
    await delay(LOOK_MS);
  }
  progress(`${known.size} of ${fleet.machines.length} machines said hello`);
  return [...known.values()];
}

/** Names the machines, and tells the service how their power is switched where there are BMCs. */
export async function configure(service: Pick<SimService, 'api'>, known: readonly Known[]): Promise<void> {
  for (const { id, place } of known) {
    const { machine, bmc } = place;
    await service.api('PATCH', `/v1/machines/${id}`, {
      name: machine.name,
      ...(bmc && {
        power: {
          driver: 'redfish',
          url: bmc.url,
          username: bmc.username,
          password: bmc.password,
          allowPlainHttp: true,
        },
      }),
    });
  }
}

/** Asks all of them for one operation and waits until none is at work. */
export async function operate(
  service: Pick<SimService, 'api'>,
  machines: readonly Known[],
  verb: 'commission' | 'deploy',
  body: object | undefined,
  deadlineMs: number,
  progress: Progress,
): Promise<void> {
  const waiting = [...machines];
  const askNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await ask(service, next.id, verb, body);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askNext));
  const during = verb === 'commission' ? 'Commissioning' : 'Deploying';
  const deadline = Date.now() + deadlineMs;
  for (let said = -1; ; ) {
    const busy = (await machinesOf(service)).filter(({ state }) => state === during).length;
    if (busy !== said) progress(`${verb}: ${busy} at work`);
    said = busy;
    if (busy === 0 || Date.now() > deadline) return;
    await delay(LOOK_MS);
  }
}

/** A request whose answer came too late may have been carried out: then asking again is a conflict, and all is well. */
async function ask(
  service: Pick<SimService, 'api'>,
  id: string,
  verb: string,
  body: object | undefined,
): Promise<void> {
  for (let tries = 5; ; tries -= 1) {
    try {
      await service.api('POST', `/v1/machines/${id}/${verb}`, body);
      return;
    } catch (error) {
      if (tries < 5 && String(error).includes('STATE_CONFLICT')) return;
      if (tries === 0 || !String(error).includes('TEMPORAL_UNAVAILABLE')) throw error;
    }
  }
}

export async function machinesOf(service: Pick<SimService, 'api'>): Promise<readonly View[]> {
  const all: View[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const page: { items: readonly View[]; next?: string } = await service.api(
      'GET',
      `/v1/machines?limit=500${next && `&after=${next}`}`,
    );
    all.push(...page.items);
    next = page.next;
  }
  return all;
}

export async function operationsOf(
  service: Pick<SimService, 'api'>,
  id: string,
): Promise<readonly Operation[]> {
  const { items } = await service.api<{ items: readonly Operation[] }>(
    'GET',
    `/v1/machines/${id}/operations`,
  );
  return items;
}
