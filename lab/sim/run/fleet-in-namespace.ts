import { fileURLToPath } from 'node:url';
import { runInNamespace } from './namespace.ts';
import type { FleetReport } from './report.ts';
import type { FleetOrder } from './run-fleet.ts';

/** A whole run in a namespace of its own. Needs root; takes away all it made, also when it fails. */
export async function fleetInNamespace(order: FleetOrder, timeoutMs: number): Promise<FleetReport> {
  const script = fileURLToPath(new URL('main.ts', import.meta.url));
  const stdout = await runInNamespace(script, [JSON.stringify(order)], { timeoutMs });
  return JSON.parse(stdout) as FleetReport;
}
