import { AsyncResource } from 'node:async_hooks';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { type Host, jobFolder, type JobResult, type Shell, shell } from '../remote/index.ts';
import type { Store } from '../store/index.ts';

const FLUSH_MS = 500;
/** No log is as long: keeps the offsets of one round apart from those of the next. */
const ROUND = 1e12;

export interface RemoteJob {
  readonly operationId: string;
  readonly step: string;
  readonly deadlineMs: number;
  readonly script: Shell;
  /** How often the script may be run in all. More than 1 only for what may be cut off and run again. */
  readonly rounds: number;
  /** Whether what ended so is worth another round. Default: whatever failed. */
  readonly again?: (result: JobResult) => boolean;
}

/**
 * Runs one step of an operation as a job on a machine, with its log in the store. The log offset is in the heartbeat:
 * a retry, on this worker or another, re-attaches and goes on from there, and no line is kept twice. A round that
 * ended is not run again; a later try finds its result and goes on with the next.
 */
export async function runJob(store: Store, host: Host, job: RemoteJob): Promise<JobResult> {
  const beaten = (activityInfo().heartbeatDetails as { readonly offset?: number } | undefined)?.offset ?? 0;
  const log = createLog(store, job, beaten);
  // What comes over a kept connection comes in the context of the activity that opened it, which may be over.
  const beat = AsyncResource.bind(() => heartbeat({ offset: log.kept() }));
  try {
    for (let round = 1; ; round += 1) {
      const base = (round - 1) * ROUND;
      const result = await host.job(jobName(job, round), job.script, {
        deadlineMs: job.deadlineMs,
        offset: Math.max(0, Math.min(beaten - base, ROUND - 1)),
        signal: cancellationSignal(),
        onLine: (line, offset) => log.add(line, base + offset),
        onAlive: beat,
      });
      if (result.exitCode === 0 || round >= job.rounds || job.again?.(result) === false) return result;
    }
  } finally {
    await log.close();
  }
}

/** Was this step begun before, in this boot of the machine, by a try that could not wait for its end? */
export async function hasBegun(host: Host, job: Pick<RemoteJob, 'operationId' | 'step'>): Promise<boolean> {
  const { exitCode } = await host.run(shell`[ -d ${`${jobFolder}/${jobName(job, 1)}`} ]`);
  return exitCode === 0;
}

/** Named after operation, step and round: the same for every try, different for every other operation. */
function jobName({ operationId, step }: Pick<RemoteJob, 'operationId' | 'step'>, round: number): string {
  return `${jobPrefix(operationId)}${plain(step)}-${round}`;
}

/** What the names of all jobs of an operation begin with. */
export function jobPrefix(operationId: string): string {
  return `${plain(operationId)}-`;
}

function plain(words: string): string {
  return words.replaceAll(/[^A-Za-z0-9]+/g, '-');
}

/** Lines reach the store in batches; only what is there counts as kept. */
function createLog(store: Store, { operationId, step }: RemoteJob, from: number) {
  let waiting: { readonly offset: number; readonly line: string }[] = [];
  let kept = from;
  let writing = Promise.resolve();
  const flush = (): void => {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    writing = writing.then(async () => {
      await store.operations.appendLog(operationId, step, batch);
      kept = batch.at(-1)?.offset ?? kept;
    });
    // The failure shows at `close`; until then the lines stay to be read again from the kept offset.
    writing.catch(() => undefined);
  };
  const timer = setInterval(flush, FLUSH_MS);
  return {
    add: (line: string, offset: number) => waiting.push({ line, offset }),
    kept: () => kept,
    close: async () => {
      clearInterval(timer);
      flush();
      await writing;
    },
  };
}
