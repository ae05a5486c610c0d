import { describe, expect, it } from 'vitest';
import { triesOf, type StepStory } from '../../api/story.ts';
import type { Attempt, Step } from '../../model/index.ts';
import { painter } from '../../cli/style.ts';
import { drawStep } from '../../cli/wait/picture.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 10, 0, second)).toISOString();
const step: Step = { name: 'power on', state: 'running', startedAt: at(10) };
const refused = { code: 'BMC_UNREACHABLE', message: 'The BMC at 10.0.0.7 does not answer.' } as const;

function attempt(number: number, began: number, values: Partial<Attempt> = {}): Attempt {
  return {
    operationId: 'm-1/power/1',
    activityId: '3',
    activity: 'orderPower',
    attempt: number,
    beganAt: at(began),
    ...values,
  };
}

describe('what was tried in a step', () => {
  it('is nothing to tell when it went well at once', () => {
    expect(triesOf(step, [attempt(1, 11, { endedAt: at(12) })], undefined)).toBeUndefined();
  });

  it('counts tries, names the last reason and when the next begins', () => {
    const failed = [1, 2].map((number) =>
      attempt(number, 10 + number, { endedAt: at(20), failure: refused }),
    );
    expect(triesOf(step, failed, at(40))).toEqual({
      count: 2,
      cutOff: 0,
      lastFailure: refused,
      nextAt: at(40),
    });
  });

  it('tells a try that was cut off with its process from one that is at work', () => {
    expect(triesOf(step, [attempt(1, 11), attempt(2, 15)], undefined)).toEqual({ count: 2, cutOff: 1 });
  });

  it('never shows the reason of another step', () => {
    const before = attempt(1, 3, { endedAt: at(5), failure: refused });
    const after = attempt(1, 30, { endedAt: at(31), failure: refused });
    const ended: Step = { ...step, state: 'done', endedAt: at(20) };
    expect(triesOf(ended, [before, attempt(1, 12, { endedAt: at(13) }), after], undefined)).toBeUndefined();
  });
});

describe('a step as people see it', () => {
  const plain = painter(false);
  const usual = { p50: 180, p95: 300, count: 12, alike: true };
  it.each<[number, Partial<StepStory>, string]>([
    [130, {}, '⧗ power on  2m'],
    [130, { usual }, '⧗ power on  2m  usually 3m to 5m'],
    [610, { usual }, '⧗ power on  10m  late, usually 3m to 5m'],
    [
      40,
      { tries: { count: 2, cutOff: 0, nextAt: at(56) } },
      '⧗ power on  30s  2 tries failed, the next in 16s',
    ],
    [40, { tries: { count: 3, cutOff: 0 } }, '⧗ power on  30s  try 3'],
    [40, { state: 'failed', endedAt: at(20), tries: { count: 1, cutOff: 0 } }, '✗ power on  10s  1 try'],
  ])('after %i s with %j', (second, more, line) => {
    expect(drawStep({ ...step, ...more }, new Date(at(second)), plain)).toBe(line);
  });
});
