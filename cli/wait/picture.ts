import type { StepStory } from '../../api/index.ts';
import type { Step } from '../../model/index.ts';
import { reportOf } from '../command-error.ts';
import { reportLines } from '../report.ts';
import type { Paint } from '../style.ts';
import { clean, clock, duration, waiting } from '../text.ts';
import type { Progress } from './progress.ts';

export const stepSigns = { running: '⧗', done: '✓', skipped: '-', failed: '✗' } as const;

/** One block a machine, one line a step; the newest log line below the step that runs. */
export function drawProgress(all: readonly Progress[], now: Date, paint: Paint): readonly string[] {
  return all.flatMap((progress, index) => [...(index === 0 ? [] : ['']), ...drawBlock(progress, now, paint)]);
}

function drawBlock({ target, operation }: Progress, now: Date, paint: Paint): readonly string[] {
  if (!operation) return [`${paint('bold', clean(target.machine))}  accepted, about to start`];
  const took = duration(Date.parse(operation.endedAt ?? now.toISOString()) - Date.parse(operation.startedAt));
  const head = `${paint('bold', clean(target.machine))}  ${clean(operation.summary)}  ${stateWord[operation.state]}, ${took}`;
  const steps = operation.steps.flatMap((step) => {
    const line = `  ${drawStep(step, now, paint)}`;
    const last = operation.lastLines[step.name];
    const showsLog = last !== undefined && (step.state === 'running' || step.state === 'failed');
    return showsLog ? [line, paint('dim', `      ${clean(last)}`)] : [line];
  });
  const failure = operation.failure ? reportLines(reportOf(operation.failure)) : [];
  return [head, ...steps, ...failure];
}

const stateWord = { running: 'at work', succeeded: 'done', failed: 'failed' } as const;
const colors = { running: 'yellow', done: 'green', skipped: 'dim', failed: 'red' } as const;

export function drawStep(step: Step & Partial<StepStory>, now: Date, paint: Paint): string {
  const end = step.endedAt ? Date.parse(step.endedAt) : now.getTime();
  const spent = end - Date.parse(step.startedAt);
  const took = step.state === 'skipped' ? 'nothing to do' : duration(spent);
  const notes = [
    ...(step.tries ? [triesWords(step.tries, step.state === 'running', now)] : []),
    ...(step.state === 'running' && step.usual ? [usualWords(step.usual, spent)] : []),
    ...(step.state === 'running' && step.waitingFor
      ? [`${waiting(step.waitingFor)}${step.deadline ? `, until ${clock(step.deadline)}` : ''}`]
      : []),
  ];
  const sign = paint(colors[step.state], `${stepSigns[step.state]} ${clean(step.name)}`);
  return [sign, took, ...notes].join('  ');
}

/** `late, usually 3m to 5m` */
export function usualWords({ p50, p95 }: NonNullable<StepStory['usual']>, spentMs: number): string {
  const [low, high] = [duration(p50 * 1000), duration(p95 * 1000)];
  const range = low === high ? low : `${low} to ${high}`;
  return `${spentMs > p95 * 1000 ? 'late, ' : ''}usually ${range}`;
}

/** `try 3`, or `2 tries failed, the next in 40s` */
export function triesWords(tries: NonNullable<StepStory['tries']>, isAtWork: boolean, now: Date): string {
  const counted = tries.count === 1 ? '1 try' : `${tries.count} tries`;
  if (!isAtWork) return counted;
  if (!tries.nextAt) return `try ${tries.count}`;
  const wait = Date.parse(tries.nextAt) - now.getTime();
  return `${counted} failed, the next ${wait > 0 ? `in ${duration(wait)}` : 'any moment'}`;
}
