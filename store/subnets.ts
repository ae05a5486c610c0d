import { CodedError } from '../model/index.ts';
import { addressesOf, broadcastAddress, type Ipv4, networkAddress } from '../net/index.ts';
import type { Db, Trx } from './database.ts';
import type { SubnetStore } from './types.ts';

export function subnetStore(db: Db): SubnetStore {
  return {
    async put(subnet) {
      const document = JSON.stringify(subnet);
      await db
        .insertInto('subnet')
        .values({ name: subnet.name, document })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ document }))
        .execute();
    },

    async get(name) {
      const row = await db
        .selectFrom('subnet')
        .select('document')
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.document;
    },

    async list() {
      const rows = await db.selectFrom('subnet').select('document').orderBy('name').execute();
      return rows.map((row) => row.document);
    },

    assignStatic: (subnet, machineId) =>
      db.transaction().execute((trx) => assignStatic(trx, subnet, machineId)),

    claimStatic: (subnet, machineId, address) =>
      db.transaction().execute((trx) => claimStatic(trx, subnet, machineId, address)),

    async releaseStatic(machineId) {
      await db.deleteFrom('static_address').where('machine_id', '=', machineId).execute();
    },
  };
}

async function assignStatic(trx: Trx, name: string, machineId: string): Promise<Ipv4> {
  // The row lock makes machines of one subnet choose one after the other; the unique keys hold even without it.
  const row = await trx
    .selectFrom('subnet')
    .select('document')
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new CodedError('NOT_FOUND', `There is no subnet ${name}.`, { subnet: name });
  const { cidr, gateway, serverAddress, static: range } = row.document;

  const rows = await trx
    .selectFrom('static_address')
    .select(['address', 'machine_id'])
    .where('subnet', '=', name)
    .execute();
  const own = rows.find((assigned) => assigned.machine_id === machineId);
  if (own) return own.address as Ipv4;

  const taken = new Set<string | undefined>(rows.map((assigned) => assigned.address));
  for (const address of [networkAddress(cidr), broadcastAddress(cidr), gateway, serverAddress]) {
    taken.add(address);
  }
  for (const address of addressesOf(range)) {
    if (taken.has(address)) continue;
    await trx.insertInto('static_address').values({ subnet: name, address, machine_id: machineId }).execute();
    return address;
  }
  throw new CodedError('ADDRESS_EXHAUSTED', `The static range of subnet ${name} is used up.`, {
    subnet: name,
    first: range.first,
    last: range.last,
  });
}

async function claimStatic(trx: Trx, name: string, machineId: string, address: Ipv4): Promise<void> {
  await trx.selectFrom('subnet').select('name').where('name', '=', name).forUpdate().execute();
  const owner = await trx
    .selectFrom('static_address')
    .select('machine_id')
    .where('subnet', '=', name)
    .where('address', '=', address)
    .executeTakeFirst();
  if (owner?.machine_id === machineId) return;
  if (owner) {
    throw new CodedError('ADDRESS_TAKEN', `${address} in subnet ${name} belongs to ${owner.machine_id}.`, {
      address,
      machine: owner.machine_id,
    });
  }
  await trx
    .insertInto('static_address')
    .values({ subnet: name, address, machine_id: machineId })
    .onConflict((conflict) => conflict.columns(['subnet', 'machine_id']).doUpdateSet({ address }))
    .execute();
}
