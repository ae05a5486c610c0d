import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { runEach } from './run-each.ts';

export const first: Migration = {
  async up(db) {
    await runEach(db, [
      sql`create table setting (name text primary key, value text not null)`,

      sql`create table machine (
        id text collate "C" primary key,
        version bigint not null,
        name text collate "C" not null,
        site text collate "C" not null,
        state text not null,
        uuid text collate "C",
        serial text collate "C",
        updated_at timestamptz not null,
        document json not null
      )`,
      sql`create index machine_name on machine (name)`,
      sql`create index machine_site_state on machine (site, state)`,
      sql`create index machine_uuid on machine (uuid)`,
      sql`create index machine_serial on machine (serial)`,
      sql`create table machine_mac (
        mac text collate "C" primary key,
        machine_id text collate "C" not null references machine (id) on delete cascade
      )`,
      sql`create index machine_mac_machine on machine_mac (machine_id)`,

      sql`create table operation (
        id text collate "C" primary key,
        machine_id text collate "C" not null,
        version bigint not null,
        started_at timestamptz not null,
        document json not null
      )`,
      sql`create index operation_machine on operation (machine_id, started_at desc)`,
      sql`create table operation_log (
        operation_id text collate "C" not null,
        step text collate "C" not null,
        end_offset bigint not null,
        line json not null,
        primary key (operation_id, step, end_offset)
      )`,
      sql`create table operation_intent (operation_id text collate "C" primary key, boot_id text not null)`,

      sql`create table boot (
        seq bigserial not null,
        id text collate "C" primary key,
        mac text collate "C" not null,
        machine_id text collate "C",
        address text,
        firmware text,
        token_hash text,
        signs jsonb not null,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        hello_hash text,
        document json not null
      )`,
      sql`create index boot_machine on boot (machine_id, seq desc)`,
      sql`create index boot_open on boot (mac) where consumed_at is null`,

      sql`create table inventory (
        seq bigserial primary key,
        machine_id text collate "C" not null,
        operation_id text collate "C" not null,
        at timestamptz not null,
        document json not null,
        unique (machine_id, operation_id)
      )`,
      sql`create table plan (
        operation_id text collate "C" primary key,
        digest text not null,
        document json not null
      )`,

      sql`create table subnet (name text collate "C" primary key, document json not null)`,
      sql`create table static_address (
        subnet text collate "C" not null references subnet (name),
        address text not null,
        machine_id text collate "C" not null,
        primary key (subnet, address),
        unique (subnet, machine_id)
      )`,

      sql`create table image (
        name text collate "C" not null,
        arch text not null,
        kernel text collate "C" not null,
        flavour text collate "C" not null,
        serial text collate "C" not null,
        document json not null,
        primary key (name, arch, kernel, flavour, serial)
      )`,
      sql`create table bootloader (
        kind text not null,
        arch text not null,
        file_name text collate "C" not null,
        document json not null,
        primary key (kind, arch, file_name)
      )`,
      sql`create table stream (name text collate "C" primary key, updated timestamptz not null)`,

      sql`create table secret (
        id text collate "C" not null,
        field text collate "C" not null,
        sealed text not null,
        primary key (id, field)
      )`,

      sql`create table event (
        cursor bigserial primary key,
        at timestamptz not null,
        kind text not null,
        machine_id text collate "C",
        operation_id text collate "C",
        document json not null
      )`,
      sql`create index event_machine on event (machine_id, cursor)`,
    ]);
  },
};
