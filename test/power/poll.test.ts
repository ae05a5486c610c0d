import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError, type ObservedPower } from '../../model/index.ts';
import { nextPoll, type PolledMachine, startPowerPolling } from '../../power/index.ts';
import { createPower, createBmcQueue } from '../../power/index.ts';
import { keptSecrets } from './kept-secrets.ts';

describe('the next look', () => {
  it.each([
    [0, 30],
    [1, 60],
    [2, 120],
    [5, 960],
    [7, 3600],
    [1000, 3600],
  ])('after %d silences is in about %d s', (silences, seconds) => {
    expect(nextPoll({ silences }, 0.5)).toBe(seconds * 1000);
  });

  it('is never sooner than 24 s or later than an hour, and never sooner after one more silence', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), (silences, random) => {
        const ms = nextPoll({ silences }, random);
        expect(ms).toBeGreaterThanOrEqual(24_000);
        expect(ms).toBeLessThanOrEqual(3_600_000);
        expect(nextPoll({ silences: silences + 1 }, random)).toBeGreaterThanOrEqual(ms);
      }),
    );
  });
});

/** Time that goes on when everybody waits. */
function clock() {
  let at = Date.UTC(2026, 0, 1);
  return {
    now: () => at,
    wait: async (ms: number) => {
      at += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const machine = (id: string): PolledMachine => ({
  id,
  name: id,
  firmware: 'uefi',
  identity: { serial: id },
  power: { driver: 'libvirt', uri: 'qemu:///system', domain: id },
});

describe('looking at power', () => {
  it('slows down for the silent, comes back to the answering, and writes down both', async () => {
    const { now, wait } = clock();
    const stop = new AbortController();
    const begin = now();
    const looks: Record<string, number[]> = { well: [], silent: [], refusing: [] };
    const seen: Record<string, ObservedPower> = {};
    const { can } = createPower({ queue: createBmcQueue(), secrets: keptSecrets() }).driverFor(
      { driver: 'manual' },
      machine('x'),
    );
    const silentFrom = begin + 600_000;
    const hours = 6 * 3_600_000;
    await startPowerPolling({
      machines: () => {
        if (now() - begin > hours) stop.abort();
        return Promise.resolve(
          ['well', 'silent', 'refusing', 'manual'].map((id) => ({
            ...machine(id),
            ...(id === 'manual' && { power: { driver: 'manual' } as const }),
          })),
        );
      },
      driverFor: (_, { name }) => ({
        can,
        query: () => {
          looks[name]?.push(now());
          if (name === 'silent' && now() > silentFrom)
            return Promise.reject(new CodedError('BMC_UNREACHABLE', 'no answer'));
          if (name === 'refusing') return Promise.reject(new CodedError('BMC_COMMAND_FAILED', 'busy'));
          return Promise.resolve('on');
        },
      }),
      record: (id, observed) => {
        seen[id] = observed;
        return id === 'refusing' ? Promise.reject(new Error('store away')) : Promise.resolve();
      },
      signal: stop.signal,
      now,
      wait,
      random: () => 0.5,
    });
    const gaps = (id: string) =>
      (looks[id] ?? []).map((at, index, all) => at - (all[index - 1] ?? at)).slice(1);
    expect(Math.max(...gaps('well'))).toBeLessThanOrEqual(35_000);
    expect(
      gaps('silent')
        .slice(-3)
        .every((gap) => gap >= 3_600_000),
    ).toBe(true);
    expect(Math.max(...gaps('refusing'))).toBeLessThanOrEqual(35_000);
    expect(looks['manual']).toBeUndefined();
    expect(seen['well']).toMatchObject({ state: 'on', source: 'libvirt' });
    expect(seen['silent']).toMatchObject({ state: 'unknown', error: 'no answer' });
    expect(Object.keys(seen)).not.toContain('manual');
    console.log(
      `6 h: ${looks['well']?.length} looks at one that answers, ${looks['silent']?.length} at one that fell silent`,
    );
  });

  it('looks at no more than so many at once, and outlives a store that is away', async () => {
    const { now, wait } = clock();
    const stop = new AbortController();
    let atOnce = 0;
    let most = 0;
    let rounds = 0;
    const errors: unknown[] = [];
    const done = new Set<string>();
    const { can } = createPower({ queue: createBmcQueue(), secrets: keptSecrets() }).driverFor(
      { driver: 'manual' },
      machine('x'),
    );
    await startPowerPolling({
      machines: () => {
        if (++rounds === 1) return Promise.reject(new Error('store away'));
        return Promise.resolve(Array.from({ length: 40 }, (_, index) => machine(`m${index}`)));
      },
      driverFor: () => ({
        can,
        query: async () => {
          most = Math.max(most, ++atOnce);
          await new Promise((resolve) => setImmediate(resolve));
          atOnce--;
          return 'off';
        },
      }),
      record: (id) => {
        done.add(id);
        if (done.size === 40) stop.abort();
        return Promise.resolve();
      },
      signal: stop.signal,
      concurrency: 5,
      now,
      wait,
      report: (error) => errors.push(error),
    });
    expect([most, done.size, errors.length]).toEqual([5, 40, 1]);
  });
});
