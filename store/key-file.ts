import { createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError } from '../model/index.ts';
import type { Db } from './database.ts';

const keyLength = 32;

/**
 * The key of the secrets, from a file outside the store, made at first use. The store remembers a fingerprint: a lost or
 * wrong key file is said at once, and a new key never silently takes the place of one that secrets are sealed with.
 */
export async function secretKey(keyFile: string, db: Db): Promise<Buffer> {
  const known = await db
    .selectFrom('setting')
    .select('value')
    .where('name', '=', 'key-fingerprint')
    .executeTakeFirst();
  let key = await readKey(keyFile);
  if (!key) {
    if (known) throw wrongKey(keyFile, 'is missing');
    await createKey(keyFile);
    key = await readKey(keyFile);
  }
  if (!key) throw wrongKey(keyFile, 'cannot be read');

  const own = fingerprint(key);
  await db
    .insertInto('setting')
    .values({ name: 'key-fingerprint', value: own })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = await db
    .selectFrom('setting')
    .select('value')
    .where('name', '=', 'key-fingerprint')
    .executeTakeFirstOrThrow();
  if (kept.value !== own) throw wrongKey(keyFile, 'is not the one that this store was made with');
  return key;
}

async function readKey(keyFile: string): Promise<Buffer | undefined> {
  let key: Buffer;
  try {
    key = await readFile(keyFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw wrongKey(keyFile, 'cannot be read', error);
  }
  // Group may read: orchestrators mount secrets 0440 for the service's group.
  if ((await stat(keyFile)).mode & 0o007)
    throw wrongKey(keyFile, 'may be read by everybody: set its mode to 0600');
  if (key.length !== keyLength) throw wrongKey(keyFile, `has ${key.length} bytes instead of ${keyLength}`);
  return key;
}

/** Appears whole or not at all, and never replaces a key that another process made meanwhile. */
async function createKey(keyFile: string): Promise<void> {
  await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
  const draft = `${keyFile}.${crypto.randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(keyLength));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, keyFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** One-way: says nothing about the key. */
function fingerprint(key: Buffer): string {
  return createHmac('sha256', key).update('rackwright key fingerprint').digest('hex').slice(0, 32);
}

function wrongKey(keyFile: string, what: string, cause?: unknown): CodedError {
  return new CodedError('STORE_UNAVAILABLE', `The key file ${keyFile} ${what}.`, { keyFile }, cause);
}
