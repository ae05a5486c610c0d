import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BootDirectory, newBoot } from '../../boot/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { mac } from '../fixtures/boot-bench.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-directory-'));
  store = await openStore({
    kind: 'pglite',
    directory: join(folder, 'store'),
    keyFile: join(folder, 'key'),
  });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

it('knows a boot that was opened while it began to follow the store', async () => {
  const boot = newBoot({ mac: mac(1), purpose: 'commission', image: 'debian/12' }, new Date(), 60_000);
  const events: Store['events'] = {
    ...store.events,
    async subscribe(wake) {
      // The last moment at which nobody listens.
      await store.boots.open(boot);
      return store.events.subscribe(wake);
    },
  };
  const directory = new BootDirectory({ ...store, events }, () => undefined);
  const following = new AbortController();
  await directory.follow(following.signal);
  following.abort();
  expect(directory.known(mac(1), new Date())).toMatchObject({ kind: 'network', boot: { id: boot.id } });
});
