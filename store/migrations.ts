import type { Kysely } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import { first } from './migrations/0001-first.ts';
import type { Schema } from './schema.ts';

/**
 * Forward only: no `down`. A migration that has been released is never edited; names sort in the order they run.
 * Text is compared byte by byte (`collate "C"`), so that both databases sort alike, whatever their locale.
 */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
};

const provider: MigrationProvider = { getMigrations: async () => migrations };

/** Brings the database to the newest schema. Several processes may start at once: kysely takes an advisory lock. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
}
