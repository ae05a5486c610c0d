import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectImages, type FileStore, openFileStore } from '../../image/index.ts';
import type { BootImage, DeployPlan } from '../../model/index.ts';
import { type ImageStore, openStore, type Store } from '../../store/index.ts';
import { keptImage } from '../fixtures/kept-image.ts';
import { machine, operation, plan } from '../store/records.ts';

/** A collection beside a deployment, an import and a second collection: real store, real files, any order of their steps. */
const now = () => new Date('2026-11-22T12:00:00Z');
const longAgo = new Date('2026-11-01T00:00:00Z');

let home: string;
let store: Store;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-gc-race-'));
  store = await openStore({ kind: 'pglite', directory: join(home, 'store'), keyFile: join(home, 'key') });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await rm(home, { recursive: true, force: true });
});

let run = 0;
let version = 0;
/** A new world: one machine, and no image. */
async function world() {
  run += 1;
  version += 1;
  await store.machines.record(machine('m-1', { version }));
  await store.images.forget(now(), (images) => images.map(({ image }) => image));
  const files = await openFileStore(join(home, `files-${run}`));
  return { files, operationId: `m-1/deploy/${run}` };
}

async function keep(files: FileStore, serial: string): Promise<BootImage> {
  const image = await keptImage(files, serial, longAgo);
  await store.images.put(image);
  return image;
}

const planOf = (image: BootImage): DeployPlan =>
  ({ ...plan, image: { ...plan.image, squashfs: image.files.squashfs } }) as DeployPlan;
const begin = async (operationId: string): Promise<void> => {
  version += 1;
  await store.operations.record(operation(operationId, { kind: 'deploy' }));
  await store.machines.record(machine('m-1', { version, state: 'Deploying', operationId }));
};
const isHere = async (files: FileStore, image: BootImage): Promise<boolean> =>
  (await Promise.all(Object.values(image.files).map(({ sha256 }) => files.has(sha256)))).every(Boolean);

test('an image that is taken into use between the look and the deletion keeps its files', async () => {
  const { files, operationId } = await world();
  const old = await keep(files, '1');
  await keep(files, '2');
  const images: ImageStore = {
    ...store.images,
    // Its record is gone by now, and a deployment that had read it before writes down what it needs.
    async sweep(at, remove) {
      await begin(operationId);
      await store.plans.add(operationId, planOf(old), 'digest');
      return store.images.sweep(at, remove);
    },
  };
  const gone = await collectImages({ keep: 1, plan: false }, { files, store: images, now });
  expect(gone.images.map(({ serial }) => serial)).toEqual(['1']);
  expect(await files.has(old.files.squashfs.sha256)).toBe(true);
  expect(gone.files.map(({ sha256 }) => sha256)).not.toContain(old.files.squashfs.sha256);
  // The control: nobody needs its kernel for an installation, so that went.
  expect(await files.has(old.files['boot-kernel'].sha256)).toBe(false);
});

test('whatever the order: what a plan names is here, and an image has its files', async () => {
  let swept = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (order, asksLate) => {
      const { files, operationId } = await world();
      await keep(files, '1');
      await keep(files, '2');
      const step = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
        order.schedule(Promise.resolve(), name).then(work);
      const images: ImageStore = {
        ...store.images,
        forget: (at, choose) => step('forget', () => store.images.forget(at, choose)),
        sweep: (at, remove) => step('sweep', () => store.images.sweep(at, remove)),
      };
      const collect = async (): Promise<void> => {
        const { files: gone } = await collectImages({ keep: 1, plan: false }, { files, store: images, now });
        swept += gone.length;
      };
      let used: BootImage | undefined;
      const deploy = async (): Promise<void> => {
        // As the machine's workflow and the activity that plans do it, each step a transaction of its own.
        await step('begin', () => begin(operationId));
        const found = await step('find', () => store.images.find('debian/12', 'amd64'));
        if (!found) throw new Error('there always is one');
        const chosen = found as BootImage;
        await step('plan', () => store.plans.add(operationId, planOf(chosen), 'digest'));
        used = chosen;
      };
      const sync = async (): Promise<void> => {
        const newest = await step('fetch', () => keptImage(files, '3', now()));
        await step('put', () => store.images.put(newest));
      };
      await order.waitFor(Promise.all([collect(), deploy(), sync(), ...(asksLate ? [collect()] : [])]));

      expect(used && (await files.has(used.files.squashfs.sha256))).toBe(true);
      for (const image of await store.images.list())
        expect(await isHere(files, image as BootImage)).toBe(true);
    }),
    { numRuns: 40 },
  );
  // Otherwise nothing was at stake.
  expect(swept).toBeGreaterThan(0);
}, 240_000);
