import { z } from 'zod';
import { CodedError } from '../model/index.ts';
import { readAtaAbilities } from './ata-abilities.ts';
import type { LiveDisk, LiveDisks, QueueAbilities } from './live-disk.ts';
import { readNvmeAbilities } from './nvme-abilities.ts';
import { probeSections } from './probe-sections.ts';

const flag = z.union([z.boolean(), z.enum(['0', '1']).transform((text) => text === '1')]).nullish();
/** Strings of disks are bounded as everything that a machine says (docs/security.md, rule 11). */
const word = z.string().max(1024).nullish();
const node = z.object({
  name: z.string().max(64),
  serial: word,
  wwn: word,
  model: word,
  size: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().nonnegative()),
  ro: flag,
  rm: flag,
  tran: word,
  type: z.string(),
  mountpoint: word,
  get children() {
    return z.array(node).optional();
  },
});
type Node = z.infer<typeof node>;
const listing = z.object({ blockdevices: z.array(node).max(4096) });

/** Names of what is no disk although lsblk calls it one. */
const pretended = /^(zram|ram|loop|nbd|fd|md|dm-|sr)\d/;

/** @throws CodedError INVENTORY_INVALID naming the part that cannot be understood. */
export function readProbe(output: string): LiveDisks {
  const sections = probeSections(output);
  if (!sections.has('end')) throw invalid('it ends too early');
  const kernel = readKernel(sections.get('kernel') ?? '');
  const disks = readListing(sections.get('disks') ?? '')
    .filter(({ type, name, size }) => type === 'disk' && size > 0 && !pretended.test(name))
    .map((disk) => toLiveDisk(disk, kernel.get(disk.name) ?? new Map(), sections));
  return { disks, tools: new Set((sections.get('tools') ?? '').split('\n').filter(Boolean)) };
}

function readListing(text: string): readonly Node[] {
  try {
    return listing.parse(JSON.parse(text)).blockdevices;
  } catch {
    throw invalid('the list of disks has another form');
  }
}

function toLiveDisk(
  disk: Node,
  kernel: ReadonlyMap<string, string>,
  sections: ReadonlyMap<string, string>,
): LiveDisk {
  const nvme = readNvmeAbilities(
    sections.get(`nvme-controller ${disk.name}`) ?? '',
    sections.get(`nvme-namespace ${disk.name}`) ?? '',
  );
  const ata = readAtaAbilities(sections.get(`ata ${disk.name}`) ?? '');
  return {
    name: disk.name,
    serial: clean(disk.serial),
    wwn: clean(disk.wwn),
    model: clean(disk.model),
    size: disk.size,
    readOnly: disk.ro ?? false,
    removable: disk.rm ?? false,
    transport: clean(disk.tran) || (clean(kernel.get('vendor')) === 'ATA' ? 'ata' : ''),
    mountedAt: mountsOf(disk),
    queue: queueOf(kernel),
    ...(nvme && { nvme }),
    ...(ata && { ata }),
  };
}

function mountsOf({ mountpoint, children }: Node): string[] {
  const own = mountpoint && mountpoint !== '[SWAP]' ? [mountpoint] : [];
  return [...own, ...(children ?? []).flatMap(mountsOf)];
}

function queueOf(kernel: ReadonlyMap<string, string>): QueueAbilities {
  const positive = (field: string): boolean => Number(kernel.get(field) ?? 0) > 0;
  return {
    discards: positive('discard_max_bytes'),
    discardReadsZero:
      positive('discard_zeroes_data') || (kernel.get('zeroing_mode') ?? '').endsWith('_unmap'),
    writesZeroes: positive('write_zeroes_max_bytes'),
    writesZeroesAndUnmaps: positive('write_zeroes_unmap_max_bytes'),
  };
}

function readKernel(section: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const disks = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of section.split('\n')) {
    const [field = '', value = ''] = line.split(/=(.*)/s);
    if (field === 'disk') disks.set(value, (current = new Map()));
    else if (field !== '') current.set(field, value);
  }
  return disks;
}

function clean(text: string | null | undefined): string {
  return (text ?? '').replaceAll(/[\x00-\x1f\x7f]/g, '').trim();
}

function invalid(what: string): CodedError {
  return new CodedError(
    'INVENTORY_INVALID',
    `What the machine says about its disks cannot be understood: ${what}.`,
  );
}
