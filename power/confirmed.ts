import { setTimeout } from 'node:timers/promises';
import { CodedError, codeOf, type PowerState } from '../model/index.ts';
import type { PowerDriver, PowerOptions, PowerOutcome, PowerTiming } from './driver.ts';
import type { BmcQueue } from './queue.ts';

/** What a protocol can say by itself. One call is one turn in the line before the other side. */
export interface Controls {
  /** Who is spoken to, for the line and its pauses: `10.0.0.7:623`, `https://pve:8006`. */
  readonly endpoint: string;
  /** The machine behind it, where there are several: orders for one machine wait for each other alone. */
  readonly part?: string;
  /** Subject of sentences: `The BMC at 10.0.0.7`. */
  readonly who: string;
  /** `changing`: neither on nor off yet. */
  read(signal: AbortSignal | undefined): Promise<'on' | 'off' | 'changing'>;
  order(action: 'on' | 'off' | 'reset', signal: AbortSignal | undefined): Promise<void>;
}

export interface Confirming {
  readonly queue: BmcQueue;
  readonly timing: PowerTiming;
}

export type ConfirmedPower = Pick<PowerDriver, 'query' | 'on' | 'off' | 'cycle' | 'reset'> & {
  /** One command in the line. */
  readonly command: <Result>(task: () => Promise<Result>) => Promise<Result>;
  /** Looking and acting belong together: of two who ask for "on" at once only one sends. */
  readonly alone: (
    work: (options: PowerOptions) => Promise<PowerOutcome>,
  ) => (options?: PowerOptions) => Promise<PowerOutcome>;
};

const readTries = 3;

/** Orders that end when the machine was seen in the state. Shared by every driver whose other side tells the state. */
export function confirmedPower(controls: Controls, { queue, timing }: Confirming): ConfirmedPower {
  const { endpoint, part, who } = controls;
  const line = part === undefined ? endpoint : `${endpoint}/${part}`;
  const command = <Result>(task: () => Promise<Result>) => queue.command(endpoint, task);
  const send = (action: 'on' | 'off' | 'reset', { signal }: PowerOptions) =>
    command(() => controls.order(action, signal));

  /** A read that failed is no news about the machine: it is asked again. */
  const read = async ({
    signal,
    tries = readTries,
  }: PowerOptions = {}): Promise<'on' | 'off' | 'changing'> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await command(() => controls.read(signal));
      } catch (error) {
        if (!mayPass(error) || attempt >= tries) throw error;
        await pause(timing.pollMs, signal);
      }
    }
  };

  /** The first state that is good enough, or an error that says what it should have been. */
  const wait = async (
    isGood: (seen: PowerState | 'changing') => boolean,
    complaint: string,
    options: PowerOptions,
  ): Promise<PowerState> => {
    const deadline = performance.now() + timing.confirmMs;
    for (;;) {
      const seen = await read(options).catch((error: unknown) => {
        if (mayPass(error) && performance.now() < deadline) return 'changing' as const;
        throw error;
      });
      if (seen !== 'changing' && isGood(seen)) return seen;
      if (performance.now() > deadline)
        throw new CodedError('BMC_COMMAND_FAILED', `${who} did not do it: ${complaint}.`, { who });
      await pause(timing.pollMs, options.signal);
    }
  };

  /** Whoever is on the way from one state to the other is waited for: an order in between is lost on many BMCs. */
  const settled = async (options: PowerOptions): Promise<PowerState> => {
    const seen = await read(options);
    if (seen !== 'changing') return seen;
    return wait(() => true, 'the machine is neither on nor off, and stays so', options);
  };

  const change = async (wanted: 'on' | 'off', options: PowerOptions): Promise<PowerOutcome> => {
    if ((await settled(options)) === wanted) return { kind: 'done', sent: false };
    await send(wanted, options);
    await wait((seen) => seen === wanted, `it took the order, yet the machine is not ${wanted}`, options);
    return { kind: 'done', sent: true };
  };

  const alone =
    (work: (options: PowerOptions) => Promise<PowerOutcome>) =>
    (options: PowerOptions = {}) =>
      queue.order(line, () => work(options));

  return {
    command,
    alone,
    async query(options) {
      const seen = await read(options);
      return seen === 'changing' ? 'unknown' : seen;
    },
    on: alone((options) => change('on', options)),
    off: alone((options) => change('off', options)),
    // Not one command: its end looks like its beginning, and some BMCs refuse it when the machine is off.
    cycle: alone(async (options) => {
      await change('off', options);
      return change('on', options);
    }),
    reset: alone(async (options) => {
      if ((await settled(options)) === 'off') return change('on', options);
      await send('reset', options);
      // Some are seen off for a moment: who asks for "off" then would be told that it is so already.
      await wait((seen) => seen === 'on', 'it took the order, and the machine stays off', options);
      return { kind: 'done', sent: true };
    }),
  };
}

function mayPass(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'BMC_UNREACHABLE' || code === 'BMC_COMMAND_FAILED';
}

export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, { ...(signal && { signal }) });
  } catch {
    throw signal?.reason;
  }
}
