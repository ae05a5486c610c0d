import { type RecordOrder, recordSimulated } from './run.ts';

/** Inside the namespace: records what the argument orders, prints what was recorded as JSON. */
const order = JSON.parse(process.argv[2] ?? '{}') as RecordOrder;
process.stdout.write(`${JSON.stringify(await recordSimulated(order))}\n`);
process.exit(0);
