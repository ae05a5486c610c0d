import { Secret } from '../model/index.ts';
import { seal, unseal } from './cipher.ts';
import type { Db } from './database.ts';
import type { SecretStore } from './types.ts';

export function secretStore(db: Db, key: Buffer): SecretStore {
  return {
    async put(id, field, value) {
      const sealed = seal(key, id, field, value.reveal());
      await db
        .insertInto('secret')
        .values({ id, field, sealed })
        .onConflict((conflict) => conflict.columns(['id', 'field']).doUpdateSet({ sealed }))
        .execute();
    },

    async add(id, field, value) {
      const sealed = seal(key, id, field, value.reveal());
      await db
        .insertInto('secret')
        .values({ id, field, sealed })
        .onConflict((conflict) => conflict.columns(['id', 'field']).doNothing())
        .execute();
    },

    async get(id, field) {
      const row = await db
        .selectFrom('secret')
        .select('sealed')
        .where('id', '=', id)
        .where('field', '=', field)
        .executeTakeFirst();
      return row && new Secret(unseal(key, id, field, row.sealed));
    },

    async delete(id) {
      await db.deleteFrom('secret').where('id', '=', id).execute();
    },

    async ids(prefix) {
      const query = db
        .selectFrom('secret')
        .select('id')
        .where((is) => is(is.fn<boolean>('starts_with', ['id', is.val(prefix)]), '=', true));
      return (await query.distinct().orderBy('id').execute()).map(({ id }) => id);
    },
  };
}
