import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { collectImages, type FileStore, openFileStore } from '../../image/index.ts';
import type { BootImage, DeployPlan, MachineRecord } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { keptImage } from '../fixtures/kept-image.ts';
import { boot, machine, operation, plan, subnet } from '../store/records.ts';

const now = () => new Date('2026-11-22T12:00:00Z');
const longAgo = new Date('2026-11-01T00:00:00Z');

let home: string;
let store: Store;
let files: FileStore;
let directory: string;
let run = 0;
let operationId: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-gc-'));
  store = await openStore({ kind: 'pglite', directory: join(home, 'store'), keyFile: join(home, 'key') });
}, 120_000);
afterAll(async () => {
  await store.close();
  await rm(home, { recursive: true, force: true });
});
// One database for all: making one takes longer than all tests together.
beforeEach(async () => {
  run += 1;
  operationId = `m-1/deploy/${run}`;
  directory = await mkdtemp(join(home, 'files-'));
  files = await openFileStore(join(directory, 'images'));
  await recordMachine({});
  await store.images.forget(now(), (images) => images.map(({ image }) => image));
});

let version = 0;
const recordMachine = (values: Partial<MachineRecord>) => {
  version += 1;
  return store.machines.record(machine('m-1', { name: 'r1-u1', version, ...values }));
};

async function keep(serial: string, values: Partial<BootImage> = {}): Promise<BootImage> {
  const image = await keptImage(files, serial, longAgo, values);
  await store.images.put(image);
  return image;
}

const collect = (values: { keep?: number; plan?: boolean } = {}) =>
  collectImages({ keep: 2, plan: false, ...values }, { files, store: store.images, now });
const serials = async () => (await store.images.list()).map(({ serial }) => serial);
const filesHere = async () => (await readdir(join(directory, 'images', 'sha256'))).length;
const planOf = (image: BootImage): DeployPlan =>
  ({ ...plan, image: { ...plan.image, squashfs: image.files.squashfs } }) as DeployPlan;

describe('gc', () => {
  test('takes away what newer serials replaced, and their files; a plan only says so', async () => {
    for (const serial of ['20260707.9', '20260707.10', '20260707.11']) await keep(serial);
    await keep('1', { name: 'debian/13' });
    const planned = await collect({ plan: true });
    expect(planned.images).toEqual([
      { name: 'debian/12', arch: 'amd64', kernel: 'ga-12', serial: '20260707.9' },
    ]);
    expect(planned.files).toHaveLength(3);
    expect(await serials()).toHaveLength(4);
    expect(await filesHere()).toBe(12);
    expect(await collect()).toEqual(planned);
    expect(await serials()).toEqual(['20260707.10', '20260707.11', '1']);
    expect(await filesHere()).toBe(9);
    expect(await collect()).toMatchObject({ images: [], files: [], bytes: 0 });
  });

  test('leaves files that two images share, until the last one goes', async () => {
    const newer = await keep('2');
    await keep('1', { files: newer.files });
    const { files: gone } = await collect({ keep: 1 });
    // What `keep` made for serial 1 belongs to nobody.
    expect(gone).toHaveLength(3);
    expect(await serials()).toEqual(['2']);
    for (const { sha256 } of Object.values(newer.files)) expect(await files.has(sha256)).toBe(true);
  });

  test('leaves what was replaced a moment ago, and files that came a moment ago', async () => {
    await keep('1');
    await keep('2', { syncedAt: new Date(now().getTime() - 60_000).toISOString() });
    const { sha256 } = await files.add(Buffer.from('of an image whose record comes in a minute'));
    await utimes(files.path(sha256), now(), now());
    expect(await collect({ keep: 1 })).toMatchObject({ images: [], files: [] });
    expect(await files.has(sha256)).toBe(true);
  });

  test('waits with files while a deployment is choosing its image', async () => {
    await keep('1');
    await keep('2');
    await store.operations.record(operation(operationId, { state: 'running' }));
    await recordMachine({ operationId });
    expect(await collect({ keep: 1 })).toMatchObject({ files: [], waits: expect.any(String) });
    expect(await filesHere()).toBe(6);
    await store.plans.add(operationId, plan, 'sha256:1');
    expect((await collect({ keep: 1 })).files).toHaveLength(3);
  });

  test('takes leftovers after a day, and not those of a process that lives', async () => {
    const { sha256 } = await files.receive({
      size: 3,
      chunks: (async function* () {
        yield Buffer.from('abc');
      })(),
    });
    await utimes(files.uploadPath(sha256), now(), now());
    expect((await collect()).files).toEqual([]);
    await utimes(files.uploadPath(sha256), longAgo, longAgo);
    expect((await collect()).files).toEqual([{ sha256, size: 3 }]);
  });
});

describe('what is in use', () => {
  /** Each makes something need serial 1, an old one, or 2, the newest. */
  const users: readonly (readonly [string, (old: BootImage) => Promise<void>, string])[] = [
    [
      'a deployed machine',
      async (old) =>
        recordMachine({
          deployment: {
            operationId,
            image: old.name,
            imageSerial: old.serial,
            address: ipv4('10.78.0.10'),
            hostKeys: [],
            since: longAgo.toISOString(),
          },
        }),
      'machine r1-u1',
    ],
    [
      'a machine in memory',
      async (old) =>
        recordMachine({
          session: {
            bootId: 'b',
            address: ipv4('10.78.0.10'),
            hostKeys: [],
            squashfs: old.files.squashfs.sha256,
            since: longAgo.toISOString(),
          },
        }),
      'machine r1-u1, which runs it from memory',
    ],
    [
      'a plan that is being carried out',
      async (old) => {
        await store.operations.record(operation(operationId, { state: 'running' }));
        await recordMachine({ operationId });
        await store.plans.add(operationId, planOf(old), 'sha256:1');
      },
      'operation m-1/deploy/',
    ],
  ];

  test.each(users)('by %s stays, and is not removed', async (_, use, by) => {
    const old = await keep('1');
    await keep('2');
    await use(old);
    expect((await collect({ keep: 1 })).images).toEqual([]);
    const [used] = await store.images.listUsed(now());
    expect(used).toMatchObject({ image: { serial: '1' }, usedBy: [expect.stringContaining(by)] });
  });

  test('by a subnet or an open boot is the newest that can be booted', async () => {
    await keep('1', { name: 'ubuntu/24.04' });
    await keep('2', { name: 'ubuntu/24.04' });
    await store.subnets.put(subnet('rack1'));
    await store.boots.open(boot('b-1', { expiresAt: '2026-11-22T12:10:00.000Z' }));
    expect((await store.images.listUsed(now())).map(({ usedBy }) => usedBy)).toEqual([
      [],
      ['the boot of 52:54:00:00:00:01', 'subnet rack1'],
    ]);
    expect(
      (await store.images.listUsed(new Date('2026-11-22T12:20:00Z'))).map(({ usedBy }) => usedBy),
    ).toEqual([[], ['subnet rack1']]);
  });

  test('by an operation that has ended is no longer', async () => {
    const old = await keep('1');
    await keep('2');
    await store.operations.record(operation(operationId, { state: 'failed' }));
    await recordMachine({ operationId });
    await store.plans.add(operationId, planOf(old), 'sha256:1');
    expect((await collect({ keep: 1 })).images).toHaveLength(1);
  });
});

test('a record is not kept while one of its files is gone', async () => {
  const image = await keep('1');
  expect(await store.images.put({ ...image, serial: '2' }, async () => false)).toBe(false);
  expect(await serials()).toEqual(['1']);
});

test('a record from before there were kinds is a root image', async () => {
  const { kind: _kind, ...old } = await keep('1');
  await store.images.put(old as BootImage);
  expect(await store.images.list()).toEqual([{ ...old, kind: 'root' }]);
  expect(await store.images.find('debian/12', 'amd64')).toMatchObject({ kind: 'root' });
});
