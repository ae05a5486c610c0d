import { type FleetOrder, runFleet } from './run-fleet.ts';

/** Inside the namespace: runs the fleet that the argument orders, tells how it goes, prints the report as JSON. */
const order = JSON.parse(process.argv[2] ?? '{}') as FleetOrder;
const report = await runFleet(order, (line) => process.stderr.write(`  ${line}\n`));
process.stdout.write(`${JSON.stringify(report)}\n`);
// What simulated machines still do must not keep the process.
process.exit(0);
