import type { Db } from './database.ts';
import type { DeclaredStore } from './types.ts';

export function declaredStore(db: Db): DeclaredStore {
  return {
    async list() {
      const rows = await db.selectFrom('declared_machine').select('document').orderBy('name').execute();
      return rows.map(({ document }) => document);
    },

    async get(name) {
      const row = await db
        .selectFrom('declared_machine')
        .select('document')
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.document;
    },

    put: (machines) =>
      db.transaction().execute(async (trx) => {
        for (const machine of machines) {
          const document = JSON.stringify(machine);
          await trx
            .insertInto('declared_machine')
            .values({ name: machine.name, document })
            .onConflict((conflict) => conflict.column('name').doUpdateSet({ document }))
            .execute();
        }
      }),

    async delete(name) {
      const { numDeletedRows } = await db
        .deleteFrom('declared_machine')
        .where('name', '=', name)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
