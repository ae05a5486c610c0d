import type { Shell } from './shell.ts';

/** A machine that we may run commands on as root. Commissioning, installing and layering all speak to this. */
export interface Host {
  /**
   * Runs a short command (seconds) and waits for its end. Does not throw on a non-zero exit.
   * Output beyond `maxOutputBytes` (1 MiB) ends it with REMOTE_OUTPUT_REFUSED.
   * @throws CodedError SSH_UNREACHABLE when the connection breaks, STEP_DEADLINE after `timeoutMs` (60,000).
   */
  run(command: Shell, options?: RunOptions): Promise<RunResult>;

  /** Writes a whole file, atomically (temporary name, then rename). Mode is octal: 0o600. */
  write(path: string, content: string | Uint8Array, mode: number): Promise<void>;

  /** @throws CodedError REMOTE_OUTPUT_REFUSED beyond `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array>;

  /**
   * A job that outlives the connection: a transient systemd unit with its log in a file. Asking again with the same
   * name re-attaches, or returns the result if the job has ended; it never runs the script a second time
   * in one boot of the machine.
   */
  job(name: string, script: Shell, options: JobOptions): Promise<JobResult>;

  close(): void;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface JobOptions {
  /** Counted from the start of the job on the machine, not from the call. Then it is stopped: STEP_DEADLINE. */
  readonly deadlineMs: number;
  /** Byte of the log to go on from; what a heartbeat kept. */
  readonly offset?: number;
  /** Each whole new line, with the log offset after it. Control characters are stripped. */
  readonly onLine?: (line: string, offset: number) => void;
  /** Called at least every few seconds while the job is alive, also when it says nothing. */
  readonly onAlive?: (offset: number) => void;
  /** Stops waiting; the job goes on. */
  readonly signal?: AbortSignal;
}

export interface JobResult {
  readonly exitCode: number;
  /** False when the job had been started by an earlier call. */
  readonly startedHere: boolean;
  /** The end of its log, at most 4 KiB. */
  readonly tail: string;
}
