import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNamespace } from '../../lab/sim/run/namespace.ts';
import type { Choice } from './cases.ts';
import type { LaneOrder } from './lane.ts';
import { merge, type SweepReport } from './report.ts';

export interface SweepOrder extends Choice {
  readonly lanes: number;
  readonly only?: readonly string[];
  readonly temporalBinary: string;
  readonly logs?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const script = fileURLToPath(new URL('lane-main.ts', import.meta.url));

/** Several machines side by side, each with a service and a database of its own. Needs root; leaves nothing behind. */
export async function sweep({ lanes, timeoutMs, signal, ...order }: SweepOrder): Promise<SweepReport> {
  const scratch = await mkdtemp(join(tmpdir(), 'rw-sweep-'));
  try {
    await chmod(scratch, 0o711);
    const reports = Array.from({ length: lanes }, async (_lane, lane) => {
      const laneOrder: LaneOrder & { scratch: string } = { ...order, lane, lanes, scratch };
      const stdout = await runInNamespace(script, [JSON.stringify(laneOrder)], {
        timeoutMs,
        name: `rw-sweep-${process.pid}-${lane}`,
        ...(signal && { signal }),
      });
      return JSON.parse(stdout) as SweepReport;
    });
    const ended = await Promise.allSettled(reports);
    return merge(
      ended.map((end, lane) => {
        if (end.status === 'fulfilled') return end.value;
        // What the others found is told all the same.
        const broken = [`lane ${lane}: ${String(end.reason)}`];
        return { cases: [], unrecognised: [], broken, exits: {}, seconds: 0 };
      }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
