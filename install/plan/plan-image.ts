import type {
  DiskImage,
  Inventory,
  PlannedImage,
  PlannedStorage,
  RootImage,
  SquashfsFiles,
  StorageRequest,
} from '../../model/index.ts';
import type { Firmware } from '../../model/index.ts';
import { checkPackageName, checkSystemName } from './check-words.ts';
import { refuse } from './refuse.ts';
import { planStorage } from './storage/plan-storage.ts';
import { selectDisks } from './storage/select-disks.ts';
import { bytesUnpacked } from './storage/sizes.ts';

export type InstallableImage = (RootImage & { readonly files: SquashfsFiles }) | DiskImage;

export function planImage(image: InstallableImage): PlannedImage {
  const facts = { name: image.name, os: checkSystemName(image.os), serial: image.serial };
  switch (image.kind) {
    case 'root':
      return {
        kind: 'root',
        ...facts,
        kernelPackage: checkPackageName(image.kernelPackage),
        squashfs: image.files.squashfs,
      };
    case 'disk':
      return {
        kind: 'disk',
        ...facts,
        disk: image.files.disk,
        raw: image.raw,
        ...(image.layout && { layout: image.layout }),
      };
  }
}

/** Where the image goes. A whole disk takes one disk, and is laid out already. */
export function planDisks(input: {
  readonly image: InstallableImage;
  readonly inventory: Inventory;
  readonly firmware: Firmware;
  readonly storage?: StorageRequest;
}): PlannedStorage {
  const { image, firmware, storage: request } = input;
  const { disks } = input.inventory;
  if (image.kind === 'root') {
    const needed = bytesUnpacked(image.files.squashfs.size);
    return planStorage({ disks, firmware, image, needed, ...(request && { request }) });
  }
  if (!image.firmware.includes(firmware))
    refuse(
      'image',
      `${image.name} starts by ${image.firmware.join(' and ')}, and the machine by ${firmware}.`,
    );
  if (request !== undefined && request.layout !== 'flat')
    refuse('storage.layout', `${image.name} is a whole disk with a layout of its own.`);
  const { disks: selectors = [], fileSystem, rootSize, swap } = request ?? {};
  if ([fileSystem, rootSize, swap].some((option) => option !== undefined) || selectors.length > 1)
    refuse('storage', `${image.name} is a whole disk; all that can be chosen is which disk it goes to.`);
  const { count: _, ...select } = selectors[0] ?? {};
  const chosen = selectDisks(disks, [{ select, needed: image.raw.size, field: 'storage.disks[0]' }]);
  return {
    layout: 'flat',
    disks: chosen.map((disk) => ({ ...disk, partitions: [] })),
    arrays: [],
    groups: [],
    caches: [],
    pools: [],
    fileSystems: [],
  };
}
