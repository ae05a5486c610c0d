import { exitStatus, statusOfFailure } from '../exit-status.ts';
import { cleanJson } from '../output.ts';
import type { Session } from '../session.ts';
import { painter } from '../style.ts';
import { changeLines } from './changes.ts';
import { follow } from './follow.ts';
import { drawProgress } from './picture.ts';
import type { Progress, Target } from './progress.ts';
import { createScreen } from './screen.ts';

export interface Outcome {
  readonly progress: readonly Progress[];
  /** One a target, in their order. */
  readonly statuses: readonly number[];
}

/** Shows operations until they have ended, the time is up, or Ctrl-C lets go of them. They go on in any case. */
export async function waitFor(session: Session, targets: readonly Target[]): Promise<Outcome> {
  const leave = new AbortController();
  const onInterrupt = () => leave.abort();
  process.once('SIGINT', onInterrupt);
  const limit = session.timeoutMs === undefined ? undefined : AbortSignal.timeout(session.timeoutMs);
  const signal = limit ? AbortSignal.any([leave.signal, limit]) : leave.signal;
  const show = createShow(session);
  let seen: readonly Progress[] = targets.map((target) => ({ target }));
  try {
    const onChange = (progress: readonly Progress[]) => {
      show(seen, progress);
      seen = progress;
    };
    const refreshMs = isLive(session) ? 1000 : 3000;
    seen = await follow(session.api, targets, { signal, refreshMs, onChange });
    return { progress: seen, statuses: seen.map(statusOf) };
  } catch (error) {
    if (!signal.aborted) throw error;
    session.say(leave.signal.aborted ? 'Detached; it goes on without you.' : 'Still at work; it goes on.');
    for (const { machine } of targets)
      session.say(`  look again: rackwright machine events ${machine} --follow`);
    const status = leave.signal.aborted ? exitStatus.detached : exitStatus.waitTimedOut;
    return { progress: seen, statuses: targets.map(() => status) };
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

function isLive({ form, around }: Session): boolean {
  return around.stderr.isTTY && (form === 'table' || form === 'wide');
}

/** A live picture on a terminal, a line a change elsewhere, a document a change for programs. */
function createShow(session: Session): (before: readonly Progress[], after: readonly Progress[]) => void {
  const { form, around } = session;
  if (form === 'jsonl') {
    return (before, after) => {
      after.forEach(({ operation }, index) => {
        if (operation && operation.version !== before[index]?.operation?.version) {
          around.stdout.write(`${cleanJson(operation)}\n`);
        }
      });
    };
  }
  if (isLive(session)) {
    const screen = createScreen(around.stderr);
    const paint = painter(session.color);
    return (_before, after) => screen.draw(drawProgress(after, new Date(), paint));
  }
  return (before, after) => {
    after.forEach((progress, index) => {
      for (const line of changeLines(before[index], progress)) session.say(line);
    });
  };
}

function statusOf({ operation }: Progress): number {
  if (!operation?.failure) return exitStatus.done;
  return statusOfFailure(operation.failure.code);
}
