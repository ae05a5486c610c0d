import { type LaneOrder, runLane } from './lane.ts';

/** Inside the namespace: runs the lane that the argument orders, tells how it goes, prints the report as JSON. */
const { scratch, ...order } = JSON.parse(process.argv[2] ?? '{}') as LaneOrder & { readonly scratch: string };
// Whoever started us takes it away, however we end.
process.env.TMPDIR = scratch;
const report = await runLane(order, (line) => process.stderr.write(`  ${line}\n`));
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
