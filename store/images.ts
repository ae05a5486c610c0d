import { CodedError, filesOf, type Image, newestFirst } from '../model/index.ts';
import { type Db, lockRecord, type Trx } from './database.ts';
import { hashesIn, imageUsers, isPlanning, readImageWorld } from './image-uses.ts';
import type { ImageStore } from './types.ts';

export function imageStore(db: Db): ImageStore {
  return {
    put: (image, isWhole = async () => true) =>
      exclusively(db, async (trx) => {
        if (!(await isWhole())) return false;
        await put(trx, image);
        return true;
      }),

    putImported: (image, isWhole) =>
      exclusively(db, async (trx) => {
        const others = await listed(trx);
        refuseTaken(image, others);
        if (!(await isWhole())) return false;
        await put(trx, image);
        return true;
      }),

    async putBootloader(bootloader) {
      const document = JSON.stringify(bootloader);
      await db
        .insertInto('bootloader')
        .values({ kind: bootloader.kind, arch: bootloader.arch, file_name: bootloader.fileName, document })
        .onConflict((conflict) => conflict.columns(['kind', 'arch', 'file_name']).doUpdateSet({ document }))
        .execute();
    },

    async find(name, arch) {
      const rows = await db
        .selectFrom('image')
        .select('document')
        .where('name', '=', name)
        .where('arch', '=', arch)
        .execute();
      return rows.map((row) => whole(row.document)).sort(preferred)[0];
    },

    list: () => listed(db),

    listUsed: (now) =>
      db.transaction().execute(async (trx) => {
        const images = await listed(trx);
        const usersOf = imageUsers(await readImageWorld(trx, images, now));
        return images.map((image) => ({ image, usedBy: usersOf(image) }));
      }),

    forget: (now, choose) =>
      exclusively(db, async (trx) => {
        const images = await listed(trx);
        const usersOf = imageUsers(await readImageWorld(trx, images, now));
        const chosen = choose(images.map((image) => ({ image, usedBy: usersOf(image) })));
        for (const image of chosen) {
          await trx
            .deleteFrom('image')
            .where('name', '=', image.name)
            .where('arch', '=', image.arch)
            .where('kernel', '=', image.kernel)
            .where('flavour', '=', image.flavour)
            .where('serial', '=', image.serial)
            .execute();
        }
        return chosen;
      }),

    sweep: (now, remove) =>
      exclusively(db, async (trx) => {
        const images = await listed(trx);
        const world = await readImageWorld(trx, images, now);
        if (world.running.some(isPlanning)) return remove(undefined);
        const bootloaders = await trx.selectFrom('bootloader').select('document').execute();
        return remove(
          new Set([
            ...images.flatMap(filesOf).map(({ sha256 }) => sha256),
            ...bootloaders.map((row) => row.document.file.sha256),
            ...world.running.flatMap(({ plan }) => [...hashesIn(plan)]),
            ...world.machines.flatMap(({ session }) => session?.squashfs ?? []),
          ]),
        );
      }),

    async noteProgress(id, progress, at) {
      const values = { at: at.toISOString(), document: JSON.stringify(progress) };
      await db
        .insertInto('image_progress')
        .values({ id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },

    async progress(id) {
      const row = await db
        .selectFrom('image_progress')
        .select('document')
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.document;
    },

    async bootloaders() {
      const rows = await db
        .selectFrom('bootloader')
        .select('document')
        .orderBy('kind')
        .orderBy('arch')
        .orderBy('file_name')
        .execute();
      return rows.map((row) => row.document);
    },

    async streamDate(stream) {
      const row = await db
        .selectFrom('stream')
        .select('updated')
        .where('name', '=', stream)
        .executeTakeFirst();
      return row?.updated;
    },

    async setStreamDate(stream, updated) {
      await db
        .insertInto('stream')
        .values({ name: stream, updated })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ updated })
            // Never back, also when two syncs end in the other order.
            .whereRef('stream.updated', '<', (eb) => eb.ref('excluded.updated')),
        )
        .execute();
    },
  };
}

/** One after the other: what keeps an image and what takes files away. */
function exclusively<Result>(db: Db, work: (trx: Trx) => Promise<Result>): Promise<Result> {
  return db.transaction().execute(async (trx) => {
    await lockRecord(trx, 'image', 'all');
    return work(trx);
  });
}

async function put(trx: Trx, image: Image): Promise<void> {
  const document = JSON.stringify(image);
  const { name, arch, kernel, flavour, serial } = image;
  await trx
    .insertInto('image')
    .values({ name, arch, kernel, flavour, serial, document })
    .onConflict((conflict) =>
      conflict.columns(['name', 'arch', 'kernel', 'flavour', 'serial']).doUpdateSet({ document }),
    )
    .execute();
}

async function listed(db: Db | Trx): Promise<readonly Image[]> {
  const rows = await db
    .selectFrom('image')
    .select('document')
    .orderBy('name')
    .orderBy('arch')
    .orderBy('kernel')
    .orderBy('flavour')
    .orderBy('serial')
    .execute();
  return rows.map((row) => whole(row.document));
}

/** Records from before there were kinds are of the one kind that there was. */
function whole(document: Image): Image {
  return (document as Partial<Image>).kind
    ? document
    : { ...(document as Image & { kind: 'root' }), kind: 'root' };
}

/** A name means one thing: who deploys it must not get another kind of image, or somebody else's, by a newer serial. */
function refuseTaken(image: Image, others: readonly Image[]): void {
  const taken = others.find(
    (other) =>
      other.name === image.name &&
      other.arch === image.arch &&
      (other.stream !== image.stream || other.kind !== image.kind),
  );
  if (!taken) return;
  throw new CodedError(
    'REQUEST_INVALID',
    `name: ${image.name} is the name of a ${taken.kind} image from ${taken.stream}; choose another`,
    { field: 'name' },
  );
}

/** Newest serial first (`20260707.10` is newer than `20260707.9`); among equals what MAAS gives: generic, then GA kernel. */
function preferred(a: Image, b: Image): number {
  return (
    newestFirst(a, b) ||
    Number(b.flavour === 'generic') - Number(a.flavour === 'generic') ||
    Number(b.kernel.startsWith('ga-')) - Number(a.kernel.startsWith('ga-')) ||
    a.kernel.localeCompare(b.kernel, 'en')
  );
}
