import type {
  Image,
  PlannedDisk,
  PlannedFileSystem,
  PlannedStorage,
  StorageRequest,
} from '../../../model/index.ts';
import { quoted, refuse } from '../refuse.ts';
import { checkCombinations } from './check-combinations.ts';
import { checkFileSystems } from './check-file-systems.ts';
import { checkLoaders } from './check-loaders.ts';
import { checkPartitions, type SizedPartition } from './check-partitions.ts';
import { createDevices } from './devices.ts';
import type { ChosenDocument } from './document.ts';
import { bcacheDocument, presetDocument, type StorageMachine } from './preset.ts';
import { namesOne, selectDisks } from './select-disks.ts';
import { roundUp, MIB, TABLES } from './sizes.ts';
import { typeCode } from './type-codes.ts';

export interface StorageInput extends StorageMachine {
  readonly request?: StorageRequest;
  readonly image: Pick<Image, 'name' | 'arch' | 'storage'>;
}

const MOST_DISKS = 64;

/**
 * All that will be written to the disks of a machine, checked before anything is touched.
 * @throws CodedError DISK_NOT_SUITABLE, REQUEST_INVALID naming the path at fault: `storage.arrays[1].members[0]`
 */
export function planStorage(input: StorageInput): PlannedStorage {
  const { request = { layout: 'flat' }, image } = input;
  switch (request.layout) {
    case 'flat':
    case 'lvm':
    case 'raid1':
    case 'raid10':
      return resolve(input, request.layout, presetDocument(request, input));
    case 'zfs':
      wants(image, 'zfs', 'storage.layout');
      return resolve(input, 'zfs', presetDocument(request, input));
    case 'bcache':
      wants(image, 'bcache', 'storage.layout');
      return resolve(input, 'bcache', bcacheDocument(request, input));
    case 'custom': {
      const { disks, caches = [] } = request;
      if (disks.length === 0 || disks.length > MOST_DISKS)
        refuse('storage.disks', `A document has 1 to ${MOST_DISKS} disks, not ${disks.length}.`);
      if (caches.length > 0) wants(image, 'bcache', 'storage.caches');
      const wishes = disks.map(({ select, partitions }, index) => ({
        select,
        // Of the one disk that is named, the partition that does not fit is told.
        needed: namesOne(select)
          ? 0
          : partitions.reduce(
              (sum, { size }) => sum + (typeof size === 'number' ? roundUp(size, MIB) : MIB),
              TABLES,
            ),
        field: `storage.disks[${index}].select`,
      }));
      return resolve(input, 'custom', { document: request, disks: selectDisks(input.disks, wishes) });
    }
  }
}

/** Only who made the image knows whether its kernel has it. */
function wants(image: StorageInput['image'], ability: 'zfs' | 'bcache', field: string): void {
  if (!image.storage?.includes(ability))
    refuse(
      field,
      `The image ${quoted(image.name)} does not say that it has ${ability}, so it might not start from it.`,
    );
}

function resolve(
  { firmware, needed, image }: StorageInput,
  layout: PlannedStorage['layout'],
  { document, disks }: ChosenDocument,
): PlannedStorage {
  // Of a preset nobody has written the lines, so they cannot be at fault.
  const at = (path: string) => (layout === 'custom' ? `storage.${path}` : 'storage');
  const devices = createDevices();
  const sized = document.disks.map((disk, index) => {
    devices.reserve(disk.name, at(`disks[${index}].name`));
    return checkPartitions(disk, index, disks[index] as PlannedDisk, at, devices);
  });
  const combinations = checkCombinations(document, at, devices);
  const placed = checkFileSystems(document.fileSystems, needed, at, devices);
  checkLoaders(sized, placed, firmware, at);
  const fileSystems = [
    ...(firmware === 'uefi' ? efiFileSystems(sized.flat()) : []),
    ...placed.map(({ planned }) => planned),
  ];
  return {
    layout,
    disks: sized.map((partitions, index) => ({
      ...(disks[index] as PlannedDisk),
      partitions: partitions.map((partition) => ({
        number: partition.number,
        label: partition.label,
        typeCode: typeCode(partition, image.arch, { ...combinations, fileSystems }),
        size: partition.size,
      })),
    })),
    ...combinations,
    fileSystems,
  };
}

/** Each disk that the machine can start from; with several, the loss of the first must not stop the start (fstab(5), nofail). */
function efiFileSystems(partitions: readonly SizedPartition[]): PlannedFileSystem[] {
  const all = partitions.filter(({ use }) => use === 'efi');
  return all.map(({ label }, index) => ({
    on: label,
    kind: 'vfat',
    label: 'ESP',
    ...(index === 0 && { mount: '/boot/efi' }),
    options: all.length > 1 && index === 0 ? ['nofail', 'x-systemd.device-timeout=10s'] : [],
  }));
}
