import { type Selectable, sql } from 'kysely';
import type { BootRecord, Firmware } from '../model/index.ts';
import type { Ipv4 } from '../net/index.ts';
import { type Db, lockRecord, type Trx } from './database.ts';
import type { Schema } from './schema.ts';
import type { BootStore } from './types.ts';

/** A hello whose answer was lost comes again with the same content; after this it is somebody else's. */
const repeatWindowMs = 60_000;

export function bootStore(db: Db): BootStore {
  return {
    open: (boot) => db.transaction().execute((trx) => open(trx, boot)),

    async get(id) {
      const row = await db.selectFrom('boot').selectAll().where('id', '=', id).executeTakeFirst();
      return row && bootOf(row);
    },

    async close(id, at) {
      await db
        .updateTable('boot')
        .set({ expires_at: at.toISOString() })
        .where('id', '=', id)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', at.toISOString())
        .execute();
    },

    async latestOfMachine(machineId) {
      const row = await db
        .selectFrom('boot')
        .selectAll()
        .where('machine_id', '=', machineId)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && bootOf(row);
    },

    async openBoots(now) {
      const rows = await db
        .selectFrom('boot')
        .selectAll()
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now.toISOString())
        .orderBy('seq')
        .execute();
      return rows.map(bootOf);
    },

    async sign(id, sign, at) {
      const changed = await db
        .updateTable('boot')
        .set({ signs: sql`signs || jsonb_build_object(${sign}::text, ${at.toISOString()}::text)` })
        .where('id', '=', id)
        .where(sql<boolean>`not jsonb_exists(signs, ${sign})`)
        .returning('id')
        .executeTakeFirst();
      return changed !== undefined;
    },

    async taint(id, at) {
      const known = await db
        .updateTable('boot')
        .set((eb) => ({ tainted_at: eb.fn.coalesce('tainted_at', eb.val(at.toISOString())) }))
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst();
      return known !== undefined;
    },

    async pin(id, pin) {
      await db.updateTable('boot').set({ pin }).where('id', '=', id).execute();
    },

    async bind(id, { address, tokenHash, firmware, machineId }) {
      await db
        .updateTable('boot')
        .set((eb) => ({
          ...(address === undefined ? {} : { address }),
          ...(firmware === undefined ? {} : { firmware }),
          ...(machineId === undefined ? {} : { machine_id: machineId }),
          // A used token stays used: no new one is bound to a boot that said hello.
          token_hash:
            tokenHash === undefined
              ? eb.ref('token_hash')
              : eb.case().when('consumed_at', 'is', null).then(tokenHash).else(eb.ref('token_hash')).end(),
        }))
        .where('id', '=', id)
        .execute();
    },

    async consume(id, tokenHash, helloHash, now) {
      // docs/security.md, rule 4. Hashes are compared, not tokens: the time it takes tells nothing about a token.
      const accepted = await db
        .updateTable('boot')
        .set({ consumed_at: now.toISOString(), hello_hash: helloHash })
        .where('id', '=', id)
        .where('consumed_at', 'is', null)
        .where('token_hash', '=', tokenHash)
        .where('expires_at', '>', now.toISOString())
        .returning('id')
        .executeTakeFirst();
      if (accepted) return 'accepted';
      const repeated = await db
        .selectFrom('boot')
        .select('id')
        .where('id', '=', id)
        .where('token_hash', '=', tokenHash)
        .where('hello_hash', '=', helloHash)
        .where('consumed_at', '>', new Date(now.getTime() - repeatWindowMs).toISOString())
        .executeTakeFirst();
      return repeated ? 'repeated' : 'refused';
    },
  };
}

/** A retry that opens the same boot again changes nothing, also when a newer one is open by now. */
async function open(trx: Trx, boot: BootRecord): Promise<void> {
  await lockRecord(trx, 'boot', boot.mac);
  const inserted = await trx
    .insertInto('boot')
    .values({
      id: boot.id,
      mac: boot.mac,
      machine_id: boot.machineId ?? null,
      address: boot.address ?? null,
      firmware: boot.firmware ?? null,
      token_hash: boot.tokenHash ?? null,
      signs: JSON.stringify(boot.signs),
      expires_at: boot.expiresAt,
      consumed_at: boot.consumedAt ?? null,
      document: JSON.stringify(boot),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!inserted) return;
  await trx
    .updateTable('boot')
    .set({ expires_at: boot.openedAt })
    .where('mac', '=', boot.mac)
    .where('id', '<>', boot.id)
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', boot.openedAt)
    .execute();
}

/** The document says how the boot began; what changes since then is in the columns. */
function bootOf(row: Selectable<Schema['boot']>): BootRecord {
  return {
    ...row.document,
    ...(row.machine_id === null ? {} : { machineId: row.machine_id }),
    ...(row.address === null ? {} : { address: row.address as Ipv4 }),
    ...(row.firmware === null ? {} : { firmware: row.firmware as Firmware }),
    ...(row.token_hash === null ? {} : { tokenHash: row.token_hash }),
    signs: row.signs,
    expiresAt: row.expires_at,
    ...(row.consumed_at === null ? {} : { consumedAt: row.consumed_at }),
    ...(row.pin === null ? {} : { pin: row.pin }),
    ...(row.tainted_at === null ? {} : { taintedAt: row.tainted_at }),
  };
}
