import type { CustomFileSystem, CustomStorage, PlannedDisk, PlannedPool } from '../../../model/index.ts';

/**
 * What every layout becomes before it is checked: the form of an operator's document, the disks that were chosen for it, and
 * what only a preset can ask for.
 */
export interface StorageDocument extends Omit<CustomStorage, 'layout' | 'fileSystems'> {
  readonly pools?: readonly PlannedPool[];
  readonly fileSystems: readonly (Omit<CustomFileSystem, 'kind'> & {
    readonly kind: CustomFileSystem['kind'] | 'zfs';
  })[];
}

export interface ChosenDocument {
  readonly document: StorageDocument;
  /** One for each disk of the document. */
  readonly disks: readonly PlannedDisk[];
}
