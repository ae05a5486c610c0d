import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

/** Versions stay when the name that stood for them goes: results refer to them. */
export const scripts: Migration = {
  async up(db) {
    await runEach(db, [
      sql`create table script_version (sha256 text collate "C" primary key, document json not null)`,
      sql`create table script (
        name text collate "C" primary key,
        sha256 text collate "C" not null references script_version (sha256),
        added_at timestamptz not null
      )`,
      sql`create table script_outline (operation_id text collate "C" primary key, document json not null)`,
      sql`create table script_result (
        seq bigserial not null,
        operation_id text collate "C" not null,
        step text collate "C" not null,
        machine_id text collate "C" not null,
        document json not null,
        primary key (operation_id, step)
      )`,
      sql`create index script_result_machine on script_result (machine_id, seq desc)`,
    ]);
  },
};
