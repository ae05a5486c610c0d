import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

/** What was tried, how long things take, what power was seen: for the story that is told of a machine. */
export const timeline: Migration = {
  async up(db) {
    await runEach(db, [
      sql`create table attempt (
        operation_id text collate "C" not null,
        activity_id text collate "C" not null,
        attempt integer not null,
        activity text not null,
        began_at timestamptz not null,
        ended_at timestamptz,
        failure json,
        primary key (operation_id, activity_id, attempt)
      )`,
      sql`create table effect (
        operation_id text collate "C" not null,
        effect text collate "C" not null,
        primary key (operation_id, effect)
      )`,
      sql`create table step_time (
        operation_id text collate "C" not null,
        place integer not null,
        kind text not null,
        step text collate "C" not null,
        model text collate "C" not null,
        image text collate "C" not null,
        seconds double precision not null,
        at timestamptz not null,
        primary key (operation_id, place)
      )`,
      sql`create index step_time_alike on step_time (kind, step, model, image, at desc)`,
      sql`create table observed_power (
        machine_id text collate "C" primary key,
        state text not null,
        source text not null,
        at timestamptz not null,
        error text,
        error_at timestamptz
      )`,
    ]);
  },
};
