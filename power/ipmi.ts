import { setTimeout } from 'node:timers/promises';
import { codeOf, type Secret } from '../model/index.ts';
import type { BmcAccess } from './address.ts';
import type { PowerDriver, PowerOptions, PowerOutcome } from './driver.ts';
import type { Ipmitool } from './ipmitool.ts';
import { bmcError } from './ipmitool-errors.ts';
import type { BmcQueue } from './queue.ts';

export interface IpmiPower {
  readonly access: BmcAccess;
  readonly firmware: 'bios' | 'uefi';
  /** Asked for at each command, so that a rotated password counts at once. */
  readonly readPassword: () => Promise<Secret>;
  readonly ipmitool: Ipmitool;
  readonly queue: BmcQueue;
  readonly timing?: IpmiTiming;
}

export interface IpmiTiming {
  /** How long a machine may take from an order to the state. */
  readonly confirmMs: number;
  readonly pollMs: number;
}

/** An orderly power supply takes a few seconds, a blade enclosure up to half a minute. */
const usualTiming: IpmiTiming = { confirmMs: 60_000, pollMs: 1_000 };
const readAttempts = 3;

export function ipmiDriver(power: IpmiPower): PowerDriver {
  const { access, ipmitool, queue, timing = usualTiming } = power;
  const bmc = `${access.host}:${access.port}`;
  const send = (command: readonly string[], signal: AbortSignal | undefined) =>
    queue.command(bmc, async () => ipmitool(access, await power.readPassword(), command, signal));

  /** A read that failed is no news about the machine: it is asked again. */
  const query = async ({ signal }: PowerOptions = {}): Promise<'on' | 'off'> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const said = await send(['chassis', 'power', 'status'], signal);
        const state = /^Chassis Power is (on|off)\s*$/m.exec(said)?.[1];
        if (state === 'on' || state === 'off') return state;
        throw bmcError('BMC_COMMAND_FAILED', access.host, 'it tells no power state');
      } catch (error) {
        if (!mayPass(error) || attempt === readAttempts) throw error;
        await pause(timing.pollMs, signal);
      }
    }
  };

  const confirm = async (wanted: 'on' | 'off', options: PowerOptions): Promise<void> => {
    const deadline = performance.now() + timing.confirmMs;
    for (;;) {
      const seen = await query(options).catch((error: unknown) => {
        if (mayPass(error) && performance.now() < deadline) return undefined;
        throw error;
      });
      if (seen === wanted) return;
      if (performance.now() > deadline)
        throw bmcError(
          'BMC_COMMAND_FAILED',
          access.host,
          `it took the order, yet the machine is not ${wanted}`,
        );
      await pause(timing.pollMs, options.signal);
    }
  };

  const change = async (wanted: 'on' | 'off', options: PowerOptions): Promise<PowerOutcome> => {
    if ((await query(options)) === wanted) return { kind: 'done', sent: false };
    await send(['chassis', 'power', wanted], options.signal);
    await confirm(wanted, options);
    return { kind: 'done', sent: true };
  };

  /** Looking and acting belong together: of two who ask for "on" at once only one sends. */
  const alone =
    (work: (options: PowerOptions) => Promise<PowerOutcome>) =>
    (options: PowerOptions = {}) =>
      queue.order(bmc, () => work(options));

  return {
    can: { query: true, order: true, bootFromNetworkOnce: true },
    query,
    on: alone((options) => change('on', options)),
    off: alone((options) => change('off', options)),
    // Not `power cycle`: its end looks like its beginning, and some BMCs refuse it when the machine is off.
    cycle: alone(async (options) => {
      await change('off', options);
      return change('on', options);
    }),
    reset: alone(async (options) => {
      if ((await query(options)) === 'off') return change('on', options);
      await send(['chassis', 'power', 'reset'], options.signal);
      return { kind: 'done', sent: true };
    }),
    bootFromNetworkOnce: alone(async ({ signal }) => {
      const options = power.firmware === 'uefi' ? ['options=efiboot'] : [];
      await send(['chassis', 'bootdev', 'pxe', ...options], signal);
      return { kind: 'done', sent: true };
    }),
  };
}

function mayPass(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'BMC_UNREACHABLE' || code === 'BMC_COMMAND_FAILED';
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, { ...(signal && { signal }) });
  } catch {
    throw signal?.reason;
  }
}
