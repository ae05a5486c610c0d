import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../model/index.ts';
import type { Ipv4 } from '../../net/index.ts';
import { metaData, type SeedDocument, userData } from './seed.ts';
import type { BootHttpOptions } from './options.ts';

type SeedOptions = Pick<BootHttpOptions, 'directory' | 'address' | 'port' | 'sshKey' | 'keepToken'>;

/**
 * One document of the seed of an open boot, to the address that this boot is bound to; nothing to anybody else
 * (docs/security.md, rules 1 to 3). Asking for user data again makes a new token and voids the one before.
 */
export async function seedDocument(
  options: SeedOptions,
  bootId: string,
  document: SeedDocument,
  client: Ipv4,
): Promise<string | undefined> {
  const now = new Date();
  const boot = options.directory.bootById(bootId, now);
  if (!boot || boot.address !== client) return undefined;
  switch (document) {
    case 'meta-data':
      return metaData(bootId);
    case 'vendor-data':
    case 'network-config':
      return '';
    case 'user-data': {
      const token = randomBytes(16).toString('hex');
      await options.directory.flush();
      await untilStored(() => options.keepToken(bootId, tokenHash(token)));
      options.directory.sign(boot, 'seed', now);
      const helloUrl = `http://${options.address}:${options.port}/hello`;
      const isOnConsole = options.directory.subnetOf(client)?.pin === 'console';
      return userData({ bootId, helloUrl, token, sshKey: options.sshKey, isOnConsole });
    }
  }
}

/**
 * cloud-init waits 5 s for an answer and asks ten times again, a second apart: answered late instead of with an error, a
 * machine outlasts a database that is away for most of a minute. No try is begun after 3 s: it would void the next token.
 */
const PATIENCE_MS = 3_000;
const AGAIN_MS = 250;

async function untilStored(store: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await store();
    } catch (error) {
      if (codeOf(error) !== 'STORE_UNAVAILABLE' || performance.now() > deadline) throw error;
      await delay(AGAIN_MS);
    }
  }
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
