import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

/** By what the host key of a system in memory is known (docs/security.md, rule 10). */
export const pin: Migration = {
  async up(db) {
    await runEach(db, [sql`alter table boot add column pin text`]);
  },
};
