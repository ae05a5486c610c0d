import { heartbeat } from '@temporalio/activity';

const BEAT_MS = 5_000;

/** Says that the activity is alive for as long as the work lasts. For work that has nothing to remember for a retry. */
export async function beating<Result>(work: () => Promise<Result>): Promise<Result> {
  const beat = setInterval(() => heartbeat(), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
