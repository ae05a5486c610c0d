import { CodedError, isPlaceholderSerial, isPlaceholderUuid, type MachineRecord } from '../model/index.ts';
import { type Db, lockRecord, type Trx } from './database.ts';
import { appendEvents } from './events.ts';
import { searchKey } from './schema.ts';
import type { MachineStore } from './types.ts';

export function machineStore(db: Db): MachineStore {
  return {
    record: (machine) => db.transaction().execute((trx) => record(trx, machine)),

    async get(id) {
      const row = await documents(db).where('id', '=', id).executeTakeFirst();
      return row?.document;
    },

    async find(nameOrId) {
      const key = searchKey(nameOrId);
      const rows = await documents(db)
        .where((eb) => eb.or([eb('id', '=', key), eb('name', '=', key)]))
        .orderBy('id')
        .execute();
      return rows
        .map((row) => row.document)
        .filter((machine) => machine.id === nameOrId || machine.name === nameOrId);
    },

    async byMac(mac) {
      const row = await documents(db)
        .innerJoin('machine_mac', 'machine_mac.machine_id', 'machine.id')
        .where('machine_mac.mac', '=', mac)
        .executeTakeFirst();
      return row?.document;
    },

    async resembling({ uuid, serial, macs }) {
      const keys = identifying({ uuid, serial });
      const rows = await documents(db)
        .where((eb) =>
          eb.or([
            ...(keys.uuid === null ? [] : [eb('uuid', '=', keys.uuid)]),
            ...(keys.serial === null ? [] : [eb('serial', '=', keys.serial)]),
            ...(macs.length === 0
              ? []
              : [eb('id', 'in', eb.selectFrom('machine_mac').select('machine_id').where('mac', 'in', macs))]),
          ]),
        )
        .orderBy('id')
        .execute();
      return rows.map((row) => row.document);
    },

    async list({ after, limit } = {}) {
      let query = documents(db).orderBy('id');
      if (after !== undefined) query = query.where('id', '>', after);
      if (limit !== undefined) query = query.limit(limit);
      return (await query.execute()).map((row) => row.document);
    },
  };
}

const documents = (db: Db) => db.selectFrom('machine').select('document');

/** What may be searched by; null for what vendors ship on every board, and for what firmware leaves empty. */
function identifying({ uuid, serial }: Pick<MachineRecord['identity'], 'uuid' | 'serial'>) {
  return {
    uuid: uuid === '' || isPlaceholderUuid(uuid) ? null : searchKey(uuid),
    serial: isPlaceholderSerial(serial) ? null : searchKey(serial),
  };
}

async function record(trx: Trx, machine: MachineRecord): Promise<void> {
  await lockRecord(trx, 'machine', machine.id);
  const old = await documents(trx).where('id', '=', machine.id).executeTakeFirst();

  const columns = {
    version: machine.version,
    name: searchKey(machine.name),
    site: machine.site,
    state: machine.state,
    ...identifying(machine.identity),
    updated_at: machine.updatedAt,
    document: JSON.stringify(machine),
  };
  const kept = await trx
    .insertInto('machine')
    .values({ id: machine.id, ...columns })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet(columns)
        .whereRef('machine.version', '<', (eb) => eb.ref('excluded.version')),
    )
    .returning('id')
    .executeTakeFirst();
  if (!kept) return;

  await replaceMacs(trx, machine);
  if (old?.document.state !== machine.state) await appendEvents(trx, [stateEvent(machine, old?.document)]);
}

/** A MAC belongs to one machine: the second one with it is refused, never merged (docs/security.md, rule 8). */
async function replaceMacs(trx: Trx, { id, identity }: MachineRecord): Promise<void> {
  // Sorted: two machines that claim the same cards at once wait for each other in one order.
  const macs = [...new Set(identity.macs)].sort();
  let surplus = trx.deleteFrom('machine_mac').where('machine_id', '=', id);
  if (macs.length > 0) surplus = surplus.where('mac', 'not in', macs);
  await surplus.execute();
  if (macs.length === 0) return;
  await trx
    .insertInto('machine_mac')
    .values(macs.map((mac) => ({ mac, machine_id: id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const other = await trx
    .selectFrom('machine_mac')
    .selectAll()
    .where('mac', 'in', macs)
    .where('machine_id', '<>', id)
    .orderBy('mac')
    .executeTakeFirst();
  if (other) {
    throw new CodedError(
      'MACHINE_IDENTITY_CONFLICT',
      `The network card ${other.mac} belongs to machine ${other.machine_id} already.`,
      { machineId: id, mac: other.mac, otherMachineId: other.machine_id },
    );
  }
}

function stateEvent(machine: MachineRecord, old: MachineRecord | undefined) {
  return {
    at: machine.updatedAt,
    kind: 'machine.state',
    machineId: machine.id,
    ...(machine.operationId === undefined ? {} : { operationId: machine.operationId }),
    message: old
      ? `${machine.name} went from ${old.state} to ${machine.state}.`
      : `${machine.name} is known now: ${machine.state}.`,
    data: { state: machine.state, ...(old ? { from: old.state } : {}) },
  };
}
