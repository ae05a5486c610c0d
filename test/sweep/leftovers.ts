import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import type { MachineRecord, Operation } from '../../model/index.ts';
import type { SimService } from '../../lab/sim/run/service.ts';

export interface Places {
  readonly api: SimService['api'];
  readonly temporal: Client;
  readonly databaseUrl: string;
  readonly machineId: string;
}

/** The visibility store of Temporal follows its histories, and a transaction may be under way. */
const SETTLE_MS = 20_000;
const LOOK_MS = 200;

/** What an operation that has ended may not leave behind; as often looked at as it takes to settle. */
export async function leftovers(places: Places): Promise<readonly string[]> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const found = await look(places).catch((error: unknown) => [
      `it cannot be seen what is left: ${String(error)}`,
    ]);
    if (found.length === 0 || Date.now() > deadline) return found;
    await delay(LOOK_MS);
  }
}

async function look(places: Places): Promise<readonly string[]> {
  const found = await Promise.all([inStore(places), inDatabase(places), inTemporal(places)]);
  return found.flat();
}

async function inStore({ api, machineId }: Places): Promise<readonly string[]> {
  const { items } = await api<{ items: readonly Operation[] }>('GET', `/v1/machines/${machineId}/operations`);
  const { locked } = await api<MachineRecord>('GET', `/v1/machines/${machineId}`);
  const running = items.filter(({ state }) => state === 'running').map(({ id }) => `${id} is still running`);
  return locked ? [...running, 'the machine is locked'] : running;
}

async function inDatabase({ databaseUrl, machineId }: Places): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const count = async (
      what: string,
      sql: string,
      values: readonly string[] = [],
    ): Promise<readonly string[]> => {
      const { rows } = await client.query<{ found: number }>(`select count(*)::int as found ${sql}`, [
        ...values,
      ]);
      const number = rows[0]?.found ?? 0;
      return number === 0 ? [] : [`${number} ${what}`];
    };
    const open = await count(
      'boots are open that nobody waits for',
      'from boot where machine_id = $1 and consumed_at is null and expires_at > now()',
      [machineId],
    );
    const locks = await count(
      'locks are held in the database',
      `from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    const transactions = await count(
      'transactions stand open in the database',
      `from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    );
    const addresses = await count(
      'addresses are kept for a machine that was given back',
      `from static_address, machine where machine_id = machine.id and machine.id = $1 and machine.state = 'Ready'`,
      [machineId],
    );
    return [...open, ...locks, ...transactions, ...addresses];
  } finally {
    await client.end();
  }
}

/** One workflow lives, that of the machine. */
async function inTemporal({ temporal, machineId }: Places): Promise<readonly string[]> {
  const live: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
    if (workflowId.startsWith('machine/')) live.push(workflowId);
  }
  const own = `machine/${machineId}`;
  const others = live
    .filter((workflowId) => workflowId !== own)
    .map((workflowId) => `${workflowId} lives on`);
  const count = live.filter((workflowId) => workflowId === own).length;
  return count === 1 ? others : [...others, `the machine has ${count} live workflows`];
}
