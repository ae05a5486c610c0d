import { codeOf, type ObservedPower, powerDriverTable, type PowerParameters } from '../model/index.ts';
import { pause } from './confirmed.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';

/** How a machine's BMC answered so far. */
export interface PollHealth {
  /** In a row, without an answer. */
  readonly silences: number;
}

const shortestMs = 30_000;
const longestMs = 3_600_000;
/** Up to a fifth less or more: a rack that was switched on at once is not asked at once for ever. */
const jitter = 0.2;

/** Milliseconds until the next look: 30 s, and twice as long after each silence, up to an hour. */
export function nextPoll({ silences }: PollHealth, random: number): number {
  const plain = Math.min(longestMs, shortestMs * 2 ** Math.min(silences, 16));
  return Math.round(Math.min(longestMs, plain * (1 - jitter + 2 * jitter * random)));
}

export interface PolledMachine extends PoweredMachine {
  readonly id: string;
  readonly power: PowerParameters;
}

export interface PowerPolling {
  /** All machines whose power is looked at by this process. Asked anew for each round. */
  readonly machines: () => Promise<readonly PolledMachine[]>;
  readonly driverFor: (power: PowerParameters, machine: PoweredMachine) => Pick<PowerDriver, 'can' | 'query'>;
  readonly record: (machineId: string, observed: ObservedPower) => Promise<void>;
  readonly signal: AbortSignal;
  /** Looks at the same time. */
  readonly concurrency?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly random?: () => number;
  /** How often it is seen who is due. */
  readonly tickMs?: number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** What went wrong with a round itself, such as a store that is away. */
  readonly report?: (error: unknown) => void;
}

interface Plan {
  readonly due: number;
  readonly health: PollHealth;
  /** The same machine with another BMC begins anew. */
  readonly power: string;
}

const usualConcurrency = 8;
const usualTickMs = 5_000;

/**
 * Looks at every machine's power from time to time, and writes down what was seen or why not. It decides nothing and
 * fails nobody. Ends when its signal is aborted and the looks under way are over.
 */
export async function startPowerPolling(polling: PowerPolling): Promise<void> {
  const { machines, signal, concurrency = usualConcurrency, now = Date.now, random = Math.random } = polling;
  const { wait = pause, tickMs = usualTickMs, report = () => {} } = polling;
  const plans = new Map<string, Plan>();
  const busy = new Map<string, Promise<void>>();

  const look = async (machine: PolledMachine): Promise<void> => {
    const before = planOf(plans, machine, now);
    const observed = await see(machine, polling, now);
    const silences = observed.isSilent ? before.health.silences + 1 : 0;
    const health = { silences };
    plans.set(machine.id, { due: now() + nextPoll(health, random()), health, power: before.power });
    if (!signal.aborted) await polling.record(machine.id, observed.power);
  };

  while (!signal.aborted) {
    const all = await machines().catch((error: unknown) => {
      report(error);
      return undefined;
    });
    if (all) for (const id of plans.keys()) if (!all.some((machine) => machine.id === id)) plans.delete(id);
    const due = (all ?? [])
      .filter(
        (machine) => isPolled(machine) && !busy.has(machine.id) && planOf(plans, machine, now).due <= now(),
      )
      .sort((one, other) => planOf(plans, one, now).due - planOf(plans, other, now).due);
    for (const machine of due) {
      while (busy.size >= concurrency) await Promise.race(busy.values());
      if (signal.aborted) break;
      const looking = look(machine)
        .catch(report)
        .finally(() => busy.delete(machine.id));
      busy.set(machine.id, looking);
    }
    await wait(tickMs, signal).catch(() => {});
  }
  await Promise.all(busy.values());
}

/** Where somebody can tell. */
function isPolled({ power }: PolledMachine): boolean {
  if (power.driver === 'webhook') return power.queryUrl !== undefined;
  return powerDriverTable[power.driver].can.query !== 'no';
}

function planOf(plans: ReadonlyMap<string, Plan>, { id, power }: PolledMachine, now: () => number): Plan {
  const text = JSON.stringify(power);
  const known = plans.get(id);
  return known?.power === text ? known : { due: now(), health: { silences: 0 }, power: text };
}

async function see(
  machine: PolledMachine,
  { driverFor, signal }: PowerPolling,
  now: () => number,
): Promise<{ readonly power: ObservedPower; readonly isSilent: boolean }> {
  const source = machine.power.driver;
  const at = () => new Date(now()).toISOString();
  try {
    const state = await driverFor(machine.power, machine).query({ signal, tries: 1 });
    return { power: { state, at: at(), source }, isSilent: false };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // A refusal is an answer, yet asking again soon would only lock the account.
    const isSilent = codeOf(error) !== 'BMC_COMMAND_FAILED';
    return { power: { state: 'unknown', at: at(), error: message, source }, isSilent };
  }
}
