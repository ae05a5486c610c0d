import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

export const images: Migration = {
  async up(db) {
    await runEach(db, [
      // How far a sync or an import is. Small, and overwritten every second while one is at work.
      sql`create table image_progress (
        id text collate "C" primary key,
        at timestamptz not null,
        document json not null
      )`,
    ]);
  },
};
