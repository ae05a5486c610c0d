import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/** Deadlines and retry policies, each with the reason for its number. */

/** Writes to our own database: short, and tried for as long as it takes. A lost picture is worse than a late one. */
export const bookkeeping: ActivityOptions = {
  startToCloseTimeout: '20s',
  retry: { initialInterval: '500ms', maximumInterval: '20s', backoffCoefficient: 2 },
};

/** What an operator stops has let go of the machine before the operation ends. */
const untilItEnded = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** One order to a BMC with its confirmation: firmware takes up to a minute to report the new state. */
export const powerOrder: ActivityOptions = {
  cancellationType: untilItEnded,
  startToCloseTimeout: '3m',
  scheduleToCloseTimeout: '15m',
  heartbeatTimeout: '45s',
  retry: { initialInterval: '5s', maximumInterval: '60s', backoffCoefficient: 2 },
};

/** A short conversation over SSH. Emulated machines need seconds for what takes real ones milliseconds. */
export const conversation: ActivityOptions = {
  cancellationType: untilItEnded,
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '15m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', maximumInterval: '30s', backoffCoefficient: 2 },
};

/** A look over SSH while a person waits for the answer: who does not answer is told soon, after one more try. */
export const whileAsked: ActivityOptions = {
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '50s',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', maximumAttempts: 2 },
};

/**
 * A job that outlives its connection. Each attempt re-attaches, so attempts are cheap; the job's own deadline is kept
 * on the machine, and this bound lies above it to catch a machine that vanished.
 */
export const remoteJob = (deadlineMs: number): ActivityOptions => ({
  cancellationType: untilItEnded,
  startToCloseTimeout: deadlineMs + 60_000,
  scheduleToCloseTimeout: 2 * deadlineMs + 10 * 60_000,
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '20s', backoffCoefficient: 2 },
});

/** As a conversation; but a mirror that is out of reach is told at once: whoever asked can do something about it. */
export const survey: ActivityOptions = {
  ...conversation,
  // Big downloads are held against their checksums.
  startToCloseTimeout: '30m',
  scheduleToCloseTimeout: '45m',
  retry: { ...conversation.retry, nonRetryableErrorTypes: ['MIRROR_UNREACHABLE'] },
};

/** A machine that starts anew: firmware of big servers takes a quarter of an hour, and the order may have to be repeated. */
export const restart: ActivityOptions = {
  cancellationType: untilItEnded,
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '45m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', maximumInterval: '30s', backoffCoefficient: 2 },
};

/** Likewise, where the activity itself gives up after `patienceMs`; a worker that dies begins to wait anew. */
export const restartWithin = (patienceMs: number): ActivityOptions => ({
  ...restart,
  startToCloseTimeout: patienceMs + 5 * 60_000,
  scheduleToCloseTimeout: 2 * patienceMs + 20 * 60_000,
});

/** An operation on a machine: its own steps have the deadlines; a stack of OpenStack takes hours, a slow archive a night. */
export const wholeOperation: ActivityOptions = {
  startToCloseTimeout: '3d',
  scheduleToCloseTimeout: '7d',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s', backoffCoefficient: 2 },
};

/** Putting in order what an operator stopped; the machine may be the reason why it was stopped, and be silent. */
export const cleanUp: ActivityOptions = {
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '2m',
  retry: { initialInterval: '2s', maximumAttempts: 3, backoffCoefficient: 2 },
};

/** Somebody has to walk to the machine, and it may be Friday evening. */
export const MANUAL_POWER_DEADLINE_MS = 72 * 3_600_000;
/** First start of the installed system, with a cold firmware start and cloud-init. */
export const INSTALLED_DEADLINE_MS = 20 * 60_000;
