import type { Image, PlannedStorage, StorageRequest, SystemRequest } from '../../model/index.ts';
import { isBootImage } from '../../model/index.ts';
import { refuse } from './refuse.ts';

/** Of a machine that runs from memory: nothing is written to any disk. */
export const noStorage: PlannedStorage = {
  layout: 'flat',
  disks: [],
  arrays: [],
  groups: [],
  caches: [],
  pools: [],
  fileSystems: [],
};

/** @throws CodedError REQUEST_INVALID naming what cannot be had from memory */
export function checkEphemeral(request: {
  readonly image: Image;
  readonly storage?: StorageRequest;
  readonly system?: SystemRequest;
}): void {
  const { image, storage, system } = request;
  if (!isBootImage(image))
    refuse('ephemeral', `${image.name} has no kernel and initrd with which it could run from memory.`);
  if (storage) refuse('storage', 'An ephemeral deployment touches no disk.');
  if (system?.userData)
    refuse(
      'system.userData',
      'cloud-init has run already when a system is configured in memory; nothing would read it.',
    );
}
