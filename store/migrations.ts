import type { Kysely } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import { first } from './migrations/0001-first.ts';
import { images } from './migrations/0002-images.ts';
import { evidence } from './migrations/0003-evidence.ts';
import { declared } from './migrations/0004-declared.ts';
import { scripts } from './migrations/0005-scripts.ts';
import { timeline } from './migrations/0006-timeline.ts';
import { taint } from './migrations/0007-taint.ts';
import { pin } from './migrations/0008-pin.ts';
import type { Schema } from './schema.ts';

/**
 * Forward only: no `down`. A migration that has been released is never edited; names sort in the order they run.
 * Text is compared byte by byte (`collate "C"`), so that both databases sort alike, whatever their locale.
 */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-images': images,
  '0003-evidence': evidence,
  '0004-declared': declared,
  '0005-scripts': scripts,
  '0006-timeline': timeline,
  '0007-taint': taint,
  '0008-pin': pin,
};

const provider: MigrationProvider = { getMigrations: async () => migrations };

/** Brings the database to the newest schema. Several processes may start at once: kysely takes an advisory lock. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
}
