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

export function drawStep(step: Step, now: Date, paint: Paint): string {
  const end = step.endedAt ? Date.parse(step.endedAt) : now.getTime();
  const took = step.state === 'skipped' ? 'nothing to do' : duration(end - Date.parse(step.startedAt));
  const waits =
    step.state === 'running' && step.waitingFor
      ? `  ${waiting(step.waitingFor)}${step.deadline ? `, until ${clock(step.deadline)}` : ''}`
      : '';
  return `${paint(colors[step.state], `${stepSigns[step.state]} ${clean(step.name)}`)}  ${took}${waits}`;
}
