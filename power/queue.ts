import { CodedError, codeOf } from '../model/index.ts';

/** Who speaks to a BMC stands in line: these computers are slow, and several sessions at once confuse them. */
export interface BmcQueue {
  /**
   * One command. After some without an answer the BMC is left alone for a while.
   * @throws CodedError BMC_UNREACHABLE at once during that while.
   */
  command<Result>(bmc: string, task: () => Promise<Result>): Promise<Result>;
  /** Several commands that belong together; those of another order wait, single reads do not. */
  order<Result>(bmc: string, task: () => Promise<Result>): Promise<Result>;
}

export interface BmcQueueOptions {
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

/** A BMC under reboot answers nothing for a minute or so; a dead one should not cost every caller ten seconds. */
const failuresToPause = 3;
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

interface Health {
  failures: number;
  pausedUntil: number;
}

export function createBmcQueue({ now = () => performance.now() }: BmcQueueOptions = {}): BmcQueue {
  const health = new Map<string, Health>();

  const attempt = async <Result>(bmc: string, task: () => Promise<Result>): Promise<Result> => {
    const { failures, pausedUntil } = health.get(bmc) ?? { failures: 0, pausedUntil: 0 };
    const left = pausedUntil - now();
    if (left > 0) throw leftAlone(bmc, failures, left);
    try {
      const result = await task();
      health.delete(bmc);
      return result;
    } catch (error) {
      // Any answer, also a refusal, shows that it is there.
      if (codeOf(error) === 'BMC_UNREACHABLE') health.set(bmc, afterSilence(failures + 1, now()));
      else health.delete(bmc);
      throw error;
    }
  };

  const commands = createLines();
  const orders = createLines();
  return {
    command: (bmc, task) => commands(bmc, () => attempt(bmc, task)),
    order: (bmc, task) => orders(bmc, task),
  };
}

/** Whoever comes first after the pause is the probe; the others wait behind it. */
function afterSilence(failures: number, at: number): Health {
  const doublings = Math.min(failures - failuresToPause, 10);
  const pauseMs = doublings < 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** doublings);
  return { failures, pausedUntil: at + pauseMs };
}

/** One task at a time for each key, in the order of asking. */
function createLines(): <Result>(key: string, task: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const before = last.get(key) ?? Promise.resolve();
    const turn = before.then(task);
    const settled = turn.then(
      () => {},
      () => {},
    );
    last.set(key, settled);
    try {
      return await turn;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}

function leftAlone(bmc: string, failures: number, pauseMs: number): CodedError {
  const seconds = Math.ceil(pauseMs / 1000);
  const message = `The BMC at ${bmc} did not answer ${failures} times; it is tried again in ${seconds} s.`;
  return new CodedError('BMC_UNREACHABLE', message, { bmc, failures, retryInSeconds: seconds });
}
