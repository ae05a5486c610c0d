import type { Image } from '../model/index.ts';
import type { Db } from './database.ts';
import type { ImageStore } from './types.ts';

export function imageStore(db: Db): ImageStore {
  return {
    async put(image) {
      const document = JSON.stringify(image);
      const { name, arch, kernel, flavour, serial } = image;
      await db
        .insertInto('image')
        .values({ name, arch, kernel, flavour, serial, document })
        .onConflict((conflict) =>
          conflict.columns(['name', 'arch', 'kernel', 'flavour', 'serial']).doUpdateSet({ document }),
        )
        .execute();
    },

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
      return rows.map((row) => row.document).sort(preferred)[0];
    },

    async list() {
      const rows = await db
        .selectFrom('image')
        .select('document')
        .orderBy('name')
        .orderBy('arch')
        .orderBy('kernel')
        .orderBy('flavour')
        .orderBy('serial')
        .execute();
      return rows.map((row) => row.document);
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

/** Newest serial first (`20260707.10` is newer than `20260707.9`); among equals what MAAS gives: generic, then GA kernel. */
function preferred(a: Image, b: Image): number {
  return (
    b.serial.localeCompare(a.serial, 'en', { numeric: true }) ||
    Number(b.flavour === 'generic') - Number(a.flavour === 'generic') ||
    Number(b.kernel.startsWith('ga-')) - Number(a.kernel.startsWith('ga-')) ||
    a.kernel.localeCompare(b.kernel, 'en')
  );
}
