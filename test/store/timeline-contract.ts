import { describe, expect, test } from 'vitest';
import type { Store } from '../../store/index.ts';
import { boot } from './records.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 10, 0, second)).toISOString();
const refused = { code: 'BMC_UNREACHABLE', message: 'The BMC does not answer.' } as const;

/** What both databases promise of the story that is told of a machine. */
export function timelineContract(store: () => Store): void {
  describe('the timeline', () => {
    test('keeps every try, with its end when it had one', async () => {
      const { timeline } = store();
      const about = { operationId: 'm-t/power/1', activityId: '2', activity: 'orderPower' };
      const first = { ...about, attempt: 1, beganAt: at(0) };
      await timeline.began(first);
      await timeline.began(first);
      await timeline.ended({ ...first, endedAt: at(3), failure: refused });
      await timeline.began({ ...about, attempt: 2, beganAt: at(8) });
      // The begin of this one was lost.
      await timeline.ended({ ...about, attempt: 3, beganAt: at(20), endedAt: at(21) });
      expect(await timeline.attempts('m-t/power/1')).toEqual([
        { ...first, endedAt: at(3), failure: refused },
        { ...about, attempt: 2, beganAt: at(8) },
        { ...about, attempt: 3, beganAt: at(20), endedAt: at(21) },
      ]);
      expect(await timeline.attempts('m-t/power/2')).toEqual([]);
    });

    test('learns how long steps take: of machines alike when there are enough, else of all', async () => {
      const { timeline } = store();
      const learn = (number: number, model: string, seconds: number) =>
        timeline.learn(
          { operationId: `m-l/deploy/${number}`, kind: 'deploy', model, image: 'debian/12', at: at(number) },
          [{ place: 0, step: 'write image', seconds }],
        );
      for (let number = 1; number <= 9; number += 1) await learn(number, 'R640', number * 10);
      await learn(10, 'other', 1_000);
      // A second telling of the same operation changes nothing.
      await learn(1, 'R640', 5_000);
      const like = { model: 'R640', image: 'debian/12' };
      expect(await timeline.usual('deploy', 'write image', like)).toEqual({
        p50: 50,
        p95: 86,
        count: 9,
        alike: true,
      });
      const stranger = await timeline.usual('deploy', 'write image', { model: 'X', image: 'debian/12' });
      expect(stranger).toMatchObject({ count: 10, alike: false });
      expect(await timeline.usual('deploy', 'another step', like)).toBeUndefined();
    });

    test('an effect is noted once, however many ask at the same time', async () => {
      const { timeline } = store();
      const notes = await Promise.all(Array.from({ length: 20 }, () => timeline.once('m-o/power/1', 'off')));
      expect(notes.filter(Boolean)).toHaveLength(1);
      expect(await timeline.has('m-o/power/1', 'off')).toBe(true);
      expect(await timeline.has('m-o/power/1', 'on')).toBe(false);
    });
  });

  test('power that was seen keeps its age while newer looks fail, and an older look changes nothing', async () => {
    const { observedPower } = store();
    const look = { source: 'ipmi' } as const;
    await observedPower.record('m-p', { ...look, state: 'on', at: at(10) });
    await observedPower.record('m-p', { ...look, state: 'unknown', at: at(20), error: 'no answer' });
    expect(await observedPower.get('m-p')).toEqual({
      ...look,
      state: 'on',
      at: at(10),
      trouble: { error: 'no answer', at: at(20) },
    });
    await observedPower.record('m-p', { ...look, state: 'off', at: at(5) });
    expect(await observedPower.get('m-p')).toMatchObject({ state: 'on' });
    await observedPower.record('m-p', { ...look, state: 'off', at: at(30) });
    expect(await observedPower.get('m-p')).toEqual({ ...look, state: 'off', at: at(30) });
    expect(await observedPower.get('m-none')).toBeUndefined();
  });

  test('a boot that is closed is open no more; one that said hello stays as it is', async () => {
    const { boots } = store();
    await boots.open(boot('close-1'));
    const now = new Date(Date.parse((await boots.get('close-1'))?.openedAt ?? '') + 1_000);
    const isOpen = async (): Promise<boolean> =>
      (await boots.openBoots(now)).some(({ id }) => id === 'close-1');
    expect(await isOpen()).toBe(true);
    await boots.close('close-1', now);
    await boots.close('close-1', new Date(now.getTime() + 1_000));
    expect(await isOpen()).toBe(false);
    expect((await boots.get('close-1'))?.expiresAt).toBe(now.toISOString());
  });
}
