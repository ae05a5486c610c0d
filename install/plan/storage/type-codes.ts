import type { Image, PlannedFileSystem, PlannedPartition, PlannedStorage } from '../../../model/index.ts';
import type { SizedPartition } from './check-partitions.ts';

/** From what becomes of the partition. Discoverable Partitions Specification: the root type names the architecture. */
export function typeCode(
  { use, label }: SizedPartition,
  arch: Image['arch'],
  {
    arrays,
    groups,
    pools,
    fileSystems,
  }: Pick<PlannedStorage, 'arrays' | 'groups' | 'pools'> & {
    readonly fileSystems: readonly PlannedFileSystem[];
  },
): PlannedPartition['typeCode'] {
  if (use === 'bios') return 'ef02';
  if (use === 'efi') return 'ef00';
  const isMember = ({ members }: { members: readonly string[] }) => members.includes(label);
  if (arrays.some(isMember)) return 'fd00';
  if (groups.some(isMember)) return '8e00';
  if (pools.some(isMember)) return 'bf00';
  const fileSystem = fileSystems.find(({ on }) => on === label);
  if (fileSystem?.kind === 'swap') return '8200';
  if (fileSystem?.mount === '/') return arch === 'amd64' ? '8304' : '8305';
  return '8300';
}
