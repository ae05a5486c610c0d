import { describe, expect, it } from 'vitest';
import { CodedError } from '../../model/index.ts';
import { createBmcQueue } from '../../power/index.ts';

const silent = () => Promise.reject(new CodedError('BMC_UNREACHABLE', 'no answer'));
const refused = () => Promise.reject(new CodedError('BMC_LOGIN_REFUSED', 'no'));
const coded = (code: string) => expect.objectContaining({ code });

describe('the line before a BMC', () => {
  it('lets one in at a time, in the order of asking; other BMCs do not wait', async () => {
    const queue = createBmcQueue();
    const told: string[] = [];
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const first = queue.command('a', async () => {
      told.push('first begins');
      await gate;
      told.push('first ends');
    });
    const rest = [1, 2, 3].map((number) =>
      queue.command('a', () => {
        told.push(`next ${number}`);
        return Promise.resolve();
      }),
    );
    await queue.command('b', () => Promise.resolve(told.push('other')));
    open();
    await Promise.all([first, ...rest]);
    expect(told).toEqual(['first begins', 'other', 'first ends', 'next 1', 'next 2', 'next 3']);
  });

  it('goes on after a failure, and passes it to who asked', async () => {
    const queue = createBmcQueue();
    const failing = queue.command('a', refused);
    const next = queue.command('a', () => Promise.resolve('fine'));
    await expect(failing).rejects.toThrow(coded('BMC_LOGIN_REFUSED'));
    expect(await next).toBe('fine');
  });

  it('lets single commands pass an order that is under way, and holds back the next order', async () => {
    const queue = createBmcQueue();
    const told: string[] = [];
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const first = queue.order('a', async () => {
      await queue.command('a', () => Promise.resolve(told.push('order 1')));
      begin();
      await gate;
    });
    const second = queue.order('a', () => Promise.resolve(told.push('order 2')));
    await begun;
    await queue.command('a', () => Promise.resolve(told.push('read')));
    expect(told).toEqual(['order 1', 'read']);
    open();
    await Promise.all([first, second]);
    expect(told).toEqual(['order 1', 'read', 'order 2']);
  });

  it('leaves a silent BMC alone after three failures, longer each time up to a minute, with one probe between', async () => {
    let time = 0;
    let asked = 0;
    const queue = createBmcQueue({ now: () => time });
    const ask = () =>
      queue
        .command('a', () => {
          asked++;
          return silent();
        })
        .catch((error: CodedError) => error.details['retryInSeconds']);
    for (let count = 0; count < 10; count++) await ask();
    expect(asked).toBe(3);
    const pauses: unknown[] = [];
    for (let count = 0; count < 6; count++) {
      const pause = await ask();
      pauses.push(pause);
      time += Number(pause) * 1000;
      const together = await Promise.all([ask(), ask(), ask()]);
      expect(together.filter((retry) => retry === undefined)).toHaveLength(1);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
    expect(asked).toBe(9);
  });

  it('trusts it again after one answer, also a refusal', async () => {
    let time = 0;
    const queue = createBmcQueue({ now: () => time });
    for (let count = 0; count < 3; count++) await queue.command('a', silent).catch(() => {});
    await expect(queue.command('a', refused)).rejects.toThrow(coded('BMC_UNREACHABLE'));
    time += 5_000;
    await expect(queue.command('a', refused)).rejects.toThrow(coded('BMC_LOGIN_REFUSED'));
    expect(await queue.command('a', () => Promise.resolve('fine'))).toBe('fine');
    for (let count = 0; count < 2; count++) await queue.command('a', silent).catch(() => {});
    expect(await queue.command('a', () => Promise.resolve('fine'))).toBe('fine');
  });
});
