import type { Step } from '../../model/index.ts';
import { reportOf } from '../command-error.ts';
import { reportLines } from '../report.ts';
import { clean, clock, duration, waiting } from '../text.ts';
import { stepSigns } from './picture.ts';
import type { Progress } from './progress.ts';

/** For pipes and log files: what is new since the last look, one line a change. */
export function changeLines(
  before: Progress | undefined,
  { target, operation }: Progress,
): readonly string[] {
  if (!operation) return [];
  const seen = before?.operation;
  const prefix = clean(target.machine);
  const lines = seen ? [] : [`${clock(operation.startedAt)} ${prefix}  ${clean(operation.summary)}`];
  operation.steps.forEach((step, index) => {
    const known = seen?.steps[index];
    if (known && known.state === step.state && known.waitingFor === step.waitingFor) return;
    lines.push(stepLine(prefix, step));
  });
  if (operation.state === 'running' || seen?.state === operation.state) return lines;
  const took = duration(
    Date.parse(operation.endedAt ?? operation.startedAt) - Date.parse(operation.startedAt),
  );
  const end = `${clock(operation.endedAt ?? operation.startedAt)} ${prefix}  ${operation.kind} ${operation.state}, ${took}`;
  return [...lines, end, ...(operation.failure ? reportLines(reportOf(operation.failure)) : [])];
}

function stepLine(prefix: string, step: Step): string {
  const at = clock(step.endedAt ?? step.startedAt);
  const head = `${at} ${prefix}  ${stepSigns[step.state]} ${clean(step.name)}`;
  if (step.state === 'running') return step.waitingFor ? `${head}: ${waiting(step.waitingFor)}` : head;
  if (step.state === 'skipped') return `${head}: nothing to do`;
  return `${head} (${duration(Date.parse(step.endedAt ?? step.startedAt) - Date.parse(step.startedAt))})`;
}
