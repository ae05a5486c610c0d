import type { Kysely, sql } from 'kysely';

export async function runEach(
  db: Kysely<unknown>,
  statements: readonly ReturnType<typeof sql>[],
): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
