import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

export const declared: Migration = {
  async up(db) {
    await runEach(db, [
      sql`create table declared_machine (name text collate "C" primary key, document json not null)`,
    ]);
  },
};
