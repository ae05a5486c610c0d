import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from './command.ts';

/** A job that outlives its connection: the simulator's transient unit. */
export interface SimJob {
  readonly startedBy: string;
  readonly startedAt: number;
  log: Buffer;
  /** `<service result> <exited|killed> <status>`, once it has ended. */
  status?: string;
  /** Resolves at the next change of log or status. */
  changed: PromiseWithResolvers<void>;
}

export type JobCommand = Extract<Command, { kind: 'job' }>;

export function startJob(command: JobCommand): SimJob {
  return {
    startedBy: command.id,
    startedAt: Date.now(),
    log: Buffer.alloc(0),
    changed: Promise.withResolvers(),
  };
}

export function tellJob(job: SimJob, log: string | Buffer, status?: string): void {
  job.log = Buffer.concat([job.log, Buffer.from(log)]);
  if (status !== undefined) job.status ??= status;
  job.changed.resolve();
  job.changed = Promise.withResolvers();
}

/** Follows a job as its attachment on a real machine does, in the lines of `remote/job-stream.ts`. */
export async function followJob(
  job: SimJob,
  { id, offset: asked, tailBytes }: JobCommand,
  write: (chunk: string | Buffer) => void,
  signal: AbortSignal,
): Promise<void> {
  const isNew = job.startedBy === id;
  const wanted = isNew || asked > job.log.length ? 0 : asked;
  let offset = Math.max(0, wanted - tailBytes);
  write(`${id} attached ${isNew ? 'new' : 'old'} ${offset} ${wanted}\n`);
  for (;;) {
    const { status, changed } = job;
    while (offset < job.log.length) {
      const part = job.log.subarray(offset, offset + 262_144);
      write(`log ${part.length}\n`);
      write(part);
      write('alive\n');
      offset += part.length;
    }
    if (status !== undefined) {
      write(`end ${status}\n`);
      return;
    }
    write('alive\n');
    const nap = new AbortController();
    await Promise.race([
      changed.promise,
      delay(1_000, undefined, { signal: AbortSignal.any([signal, nap.signal]) }),
    ]).finally(() => nap.abort());
  }
}
