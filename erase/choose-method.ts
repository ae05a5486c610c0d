import type { EraseLevel, EraseMethod } from '../model/index.ts';
import type { LiveDisk } from './live-disk.ts';

export type Choice =
  | { readonly method: EraseMethod }
  /** Why not, and what would work. */
  | { readonly unsupported: string; readonly would: string };

export interface ChoiceContext {
  readonly tools: ReadonlySet<string>;
  /** It is not the only namespace of its NVMe controller. */
  readonly sharesController: boolean;
}

/**
 * The first that the disk itself promises. Block erase before crypto erase: the former does not rest on how well the disk kept a key.
 * Never an overwrite in the place of a purge: flash keeps old blocks aside. Who accepts that says `--fallback full`.
 */
export function chooseMethod(
  disk: LiveDisk,
  level: Exclude<EraseLevel, 'none'>,
  context: ChoiceContext,
): Choice {
  switch (level) {
    case 'quick':
      return { method: 'signatures' };
    case 'full':
      return { method: 'overwrite' };
    case 'secure':
      if (isNvme(disk)) return chooseNvme(disk, context);
      if (isAta(disk)) return chooseAta(disk, context);
      return chooseOther(disk);
  }
}

const isNvme = ({ name }: LiveDisk): boolean => /^nvme\d+n\d+$/.test(name);
const isAta = ({ transport }: LiveDisk): boolean => transport === 'sata' || transport === 'ata';
const orFull = '--erase full, or --fallback full to overwrite it instead';

function chooseNvme({ nvme, queue }: LiveDisk, { tools, sharesController }: ChoiceContext): Choice {
  if (!tools.has('nvme')) {
    return { unsupported: 'the memory image has no nvme-cli', would: `an image with nvme-cli, ${orFull}` };
  }
  if (!nvme) return { unsupported: 'its controller does not identify itself', would: orFull };
  // Sanitize reaches the whole subsystem: the other namespaces may be somebody's.
  if (!sharesController && nvme.sanitizeBlock) return { method: 'nvme-sanitize-block' };
  if (!sharesController && nvme.sanitizeCrypto) return { method: 'nvme-sanitize-crypto' };
  if (nvme.format && !(sharesController && nvme.formatReachesAll)) return { method: 'nvme-format' };
  if (queue.discards && nvme.deallocatedReadsZero) return { method: 'discard' };
  const why = sharesController
    ? 'it shares its controller with other namespaces, which its own commands would erase as well'
    : 'its controller has neither sanitize nor format, and does not promise zeroes after a discard';
  return { unsupported: why, would: orFull };
}

function chooseAta({ ata, queue }: LiveDisk, { tools }: ChoiceContext): Choice {
  if (!tools.has('hdparm')) {
    return { unsupported: 'the memory image has no hdparm', would: `an image with hdparm, ${orFull}` };
  }
  if (!ata) return { unsupported: 'it does not identify itself', would: orFull };
  if (ata.security && !ata.frozen) {
    return { method: ata.enhanced ? 'ata-secure-erase-enhanced' : 'ata-secure-erase' };
  }
  if (queue.discards && ata.trimReadsZero) return { method: 'discard' };
  if (ata.security) {
    return {
      unsupported: 'its security commands were frozen by the firmware of the machine',
      would: `a firmware setting that leaves them open, taking its power away for a moment, ${orFull}`,
    };
  }
  return {
    unsupported: 'it has no security commands and does not promise zeroes after a trim',
    would: orFull,
  };
}

function chooseOther({ queue, transport }: LiveDisk): Choice {
  if (queue.discards && queue.discardReadsZero) return { method: 'discard' };
  // There is no flash behind virtio that could keep a copy aside: what its owner reads is all that there is.
  if (queue.writesZeroesAndUnmaps || (transport === 'virtio' && queue.writesZeroes))
    return { method: 'write-zeroes' };
  return { unsupported: 'it promises zeroes neither after a discard nor by a command', would: orFull };
}
