import type { PlannedFileSystem } from '../../../model/index.ts';
import { formatBytes } from '../format-bytes.ts';
import { quoted, refuse } from '../refuse.ts';
import type { Device, Devices } from './devices.ts';
import type { StorageDocument } from './document.ts';
import { MIB } from './sizes.ts';

type Kind = PlannedFileSystem['kind'];

/** A file system with the device that it is on, for the checks that see both. */
export interface PlacedFileSystem {
  readonly planned: PlannedFileSystem;
  readonly device: Device;
  readonly path: string;
}

/** mkfs.xfs(8) and mkfs.btrfs(8) refuse less. */
const smallest: Readonly<Record<Kind, number>> = {
  ext4: 16 * MIB,
  xfs: 300 * MIB,
  btrfs: 256 * MIB,
  vfat: 33 * MIB,
  swap: MIB,
  zfs: 64 * MIB,
};
/** Bytes of a label. */
const longest: Readonly<Record<Kind, number>> = { ext4: 16, xfs: 12, btrfs: 63, vfat: 11, swap: 15, zfs: 0 };
const label = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const mountPoint = /^\/$|^(\/[A-Za-z0-9_][A-Za-z0-9._@-]*)+$/;
/** mount(8), without blanks, commas, quotes and backslashes: fstab and a command line take it as it is. */
const option = /^[a-z][a-z0-9_.-]{0,63}(=[A-Za-z0-9_.:@/+-]{1,128})?$/;
const MOST = 64;
/** The kernel's, the loader's, or emptied at every start. */
const notOurs = ['/proc', '/sys', '/dev', '/run', '/boot/efi'];
/** What an image is unpacked to. */
const ofTheImage = ['/', '/usr', '/var', '/opt'];

export function checkFileSystems(
  fileSystems: StorageDocument['fileSystems'],
  needed: number,
  at: (path: string) => string,
  devices: Devices,
): readonly PlacedFileSystem[] {
  if (fileSystems.length > MOST) refuse(at('fileSystems'), `There are more than ${MOST}.`);
  const points = new Map<string, string>();
  const placed = fileSystems.map(({ on, kind, label: name, mount, options = [] }, index) => {
    const path = at(`fileSystems[${index}]`);
    const device = devices.take(on, `${path}.on`, ['partition', 'array', 'volume', 'cache', 'pool'], path);
    if (device.capacity < smallest[kind])
      refuse(
        `${path}.kind`,
        `${kind} needs ${formatBytes(smallest[kind])}, and ${on} has ${formatBytes(device.capacity)}.`,
      );
    if (name !== undefined && (!label.test(name) || name.length > longest[kind]))
      refuse(
        `${path}.label`,
        `${quoted(name)} is no label of ${kind}: letters, digits and . _ -; at most ${longest[kind]}.`,
      );
    if (mount !== undefined) checkMount(mount, kind, `${path}.mount`, points);
    options.forEach((word, position) => {
      if (!option.test(word)) refuse(`${path}.options[${position}]`, `${quoted(word)} is no mount option.`);
    });
    if (options.length > 16) refuse(`${path}.options`, 'There are more than 16.');
    const planned: PlannedFileSystem = {
      on,
      kind,
      ...(name !== undefined && { label: name }),
      ...(mount !== undefined && { mount }),
      options,
    };
    return { planned, device, path };
  });
  const root = placed.find(({ planned }) => planned.mount === '/');
  if (!root) refuse(at('fileSystems'), 'Exactly one has to be mounted at /, and none is.');
  const room = placed
    .filter(({ planned }) => ofTheImage.includes(planned.mount ?? ''))
    .reduce((sum, { device }) => sum + device.capacity, 0);
  if (room < needed)
    refuse(
      `${root.path}.on`,
      `The image needs ${formatBytes(needed)}, and ${root.planned.on} has ${formatBytes(room)}.`,
    );
  return placed;
}

function checkMount(mount: string, kind: Kind, path: string, points: Map<string, string>): void {
  if (!mountPoint.test(mount) || mount.length > 128)
    refuse(path, `${quoted(mount)} is no place to mount: an absolute path of letters, digits and . _ @ -`);
  if (kind === 'swap') refuse(path, 'Swap is not mounted.');
  if (notOurs.some((place) => mount === place || mount.startsWith(`${place}/`)))
    refuse(path, `${mount} is not the document's to give.`);
  if ((mount === '/' || mount === '/boot' || mount === '/usr') && kind === 'vfat')
    refuse(path, `vfat cannot hold ${mount}: it has no owners, permissions and links.`);
  const before = points.get(mount);
  if (before !== undefined) refuse(path, `${mount} is the place of ${before} already.`);
  points.set(mount, path);
}
