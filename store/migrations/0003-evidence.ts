import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

export const evidence: Migration = {
  async up(db) {
    await runEach(db, [
      sql`create table erase_plan (operation_id text collate "C" primary key, document json not null)`,
      sql`create table erase_evidence (
        seq bigserial primary key,
        machine_id text collate "C" not null,
        operation_id text collate "C" not null,
        boot_id text not null,
        step text collate "C" not null,
        document json not null,
        unique (operation_id, boot_id, step)
      )`,
      sql`create index erase_evidence_machine on erase_evidence (machine_id, seq desc)`,
    ]);
  },
};
