import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

/** Since when code of an image may have run in a system in memory (docs/security.md, rule 28). */
export const taint: Migration = {
  async up(db) {
    await runEach(db, [sql`alter table boot add column tainted_at timestamptz`]);
  },
};
