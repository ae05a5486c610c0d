import { z } from 'zod';
import type { Disk } from '../model/index.ts';
import { parseDiskHealth } from './disk-health.ts';
import { parseDiskPaths } from './disk-paths.ts';
import { cleanText, invalid, limits, tooMuch } from './limits.ts';
import { unlessEmpty } from './optional.ts';
import { parseJson } from './parse-json.ts';

/** lsblk(8) writes booleans and sizes as JSON values or, before util-linux 2.33, as strings. */
const flag = z.union([z.boolean(), z.enum(['0', '1']).transform((text) => text === '1')]).nullish();
const word = z.string().nullish();
const node = z.object({
  name: z.string(),
  serial: word,
  wwn: word,
  model: word,
  size: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().nonnegative()),
  rota: flag,
  ro: flag,
  rm: flag,
  tran: word,
  type: z.string(),
  fstype: word,
  label: word,
  partlabel: word,
  mountpoint: word,
  rev: word,
  'phy-sec': z.union([z.number(), z.string().transform(Number)]).nullish(),
  get children() {
    return z.array(node).optional();
  },
});
type Node = z.infer<typeof node>;
const listing = z.object({ blockdevices: z.array(node) });

/** Names of what is no disk although lsblk calls it one. */
const pretended = /^(zram|ram|loop|nbd|fd|md|dm-|sr)\d/;

/** Whole disks, except the one that the running system is on. */
export function parseDisks(
  section: string,
  more: { readonly paths?: string; readonly health?: string } = {},
): Disk[] {
  if (section.trim() === '') return [];
  const parsed = listing.safeParse(parseJson('disks', section));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`disks.${issue?.path.join('.') ?? ''}`, issue?.message ?? 'has another form');
  }
  const disks = parsed.data.blockdevices.filter(
    ({ type, name, size }) => type === 'disk' && size > 0 && !pretended.test(name),
  );
  if (disks.length > limits.disks) throw tooMuch('disks', limits.disks);
  const paths = parseDiskPaths(more.paths ?? '');
  const health = parseDiskHealth(more.health ?? '');
  return disks
    .filter((disk) => !isMounted(disk))
    .map((found) => {
      const disk = toDisk(found);
      const path = paths.get(disk.name);
      return { ...disk, ...(path && { path }), ...health.get(disk.name) };
    });
}

function toDisk(disk: Node): Disk {
  const text = (field: 'name' | 'serial' | 'wwn' | 'model' | 'tran') =>
    cleanText(`disk ${field}`, disk[field] ?? '');
  return {
    name: text('name'),
    serial: text('serial'),
    wwn: text('wwn'),
    model: text('model'),
    size: disk.size,
    rotational: disk.rota ?? false,
    readOnly: disk.ro ?? false,
    removable: disk.rm ?? false,
    transport: text('tran'),
    holds: whatItHolds(disk),
    ...unlessEmpty('firmware', cleanText('disk firmware', disk.rev ?? '')),
    ...(Number.isInteger(disk['phy-sec']) && { sector: disk['phy-sec'] as number }),
  };
}

/** Swap that the ephemeral system found and took is not what it booted from. */
function isMounted({ mountpoint, children }: Node): boolean {
  if (typeof mountpoint === 'string' && mountpoint !== '' && mountpoint !== '[SWAP]') return true;
  return children?.some(isMounted) ?? false;
}

function whatItHolds(disk: Node): string[] {
  const found: string[] = [];
  const walk = (entry: Node, depth: number) => {
    if (found.length >= limits.holds) return;
    const label =
      cleanText('label', entry.label ?? '') || cleanText('partition label', entry.partlabel ?? '');
    const kind = cleanText('file system', entry.fstype ?? '') || (depth === 0 ? '' : 'no file system');
    const named = label === '' ? '' : ` "${label}"`;
    if (kind !== '') found.push(`${cleanText('name', entry.name)}: ${kind}${named}`);
    for (const child of entry.children ?? []) walk(child, depth + 1);
  };
  walk(disk, 0);
  return found;
}
