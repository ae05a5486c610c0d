import { fileURLToPath } from 'node:url';
import { runInNamespace } from '../../lab/sim/run/namespace.ts';
import { startPostgres } from '../store/fixtures/postgres.ts';
import type { LaneOrder } from './lane.ts';
import { merge, type SweepReport } from './report.ts';

export interface SweepOrder {
  readonly seed: number;
  readonly lanes: number;
  /** Undefined: all of them. */
  readonly cases?: number;
  readonly only?: readonly string[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const script = fileURLToPath(new URL('lane-main.ts', import.meta.url));

/** Several machines side by side, each with a service and a database of its own. Needs root; leaves nothing behind. */
export async function sweep({
  seed,
  lanes,
  cases,
  only,
  timeoutMs,
  signal,
}: SweepOrder): Promise<SweepReport> {
  const postgres = await startPostgres();
  try {
    const reports = Array.from({ length: lanes }, async (_lane, lane) => {
      await postgres.createDatabase(`lane${lane}`);
      const order: LaneOrder = {
        databaseUrl: postgres.socketUrl(`lane${lane}`),
        seed,
        lane,
        lanes,
        ...(cases !== undefined && { cases }),
        ...(only && { only }),
      };
      const name = `rw-sweep-${process.pid}-${lane}`;
      const stdout = await runInNamespace(script, [JSON.stringify(order)], {
        timeoutMs,
        name,
        ...(signal && { signal }),
      });
      return JSON.parse(stdout) as SweepReport;
    });
    const ended = await Promise.allSettled(reports);
    return merge(
      ended.map((end) => {
        if (end.status === 'rejected') throw end.reason;
        return end.value;
      }),
    );
  } finally {
    await postgres.remove();
  }
}
