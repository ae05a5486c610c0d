import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { type Flag, type Options, text, texts } from '../command.ts';
import { usageError } from '../command-error.ts';

export const storageFlags: readonly Flag[] = [
  {
    flags: '--layout <name>',
    description: 'how disks are laid out: flat (the default), lvm, raid1, raid10, zfs, bcache',
  },
  {
    flags: '--disk <what=value,…>',
    description:
      'which disk: serial, wwn, path, model, transport, rotation (solid, rotating), min, max (sizes), count; for each further disk again',
    repeats: true,
  },
  { flags: '--root-size <size>', description: 'such as 32GiB, or rest' },
  { flags: '--root-fs <kind>', description: 'ext4 (the default), xfs or btrfs' },
  { flags: '--swap <size>', description: 'such as 4GiB; none without it' },
  {
    flags: '--storage-file <file>',
    description: 'a layout of your own, as YAML or JSON (docs/reference/storage.md)',
  },
];

const selectors: Readonly<Record<string, string>> = {
  serial: 'serial',
  wwn: 'wwn',
  path: 'path',
  model: 'model',
  transport: 'transport',
  rotation: 'rotation',
  min: 'sizeMin',
  max: 'sizeMax',
  count: 'count',
};

/** What these flags ask for; the service checks it against the machine's disks. */
export async function storageRequest(options: Options): Promise<object | undefined> {
  const file = text(options, 'storageFile');
  const disks = texts(options, 'disk').map(diskSelector);
  const rootSize = text(options, 'rootSize');
  const fileSystem = text(options, 'rootFs');
  const swap = text(options, 'swap');
  const layout = text(options, 'layout');
  const asked = {
    ...(disks.length > 0 && { disks }),
    ...(rootSize !== undefined && { rootSize }),
    ...(fileSystem !== undefined && { fileSystem }),
    ...(swap !== undefined && { swap }),
  };
  const isAsked = layout !== undefined || Object.keys(asked).length > 0;
  if (file === undefined) return isAsked ? { layout: layout ?? 'flat', ...asked } : undefined;
  if (isAsked) throw usageError(`--storage-file: ${file} says all of it; leave --layout and the like out`);
  return { layout: 'custom', ...(await readDocument(file)) };
}

/** `serial=S1` or `rotation=solid,min=100GB,count=2`. */
function diskSelector(words: string): object {
  return Object.fromEntries(
    words.split(',').map((word) => {
      const [, name = '', value = ''] = /^([a-z]+)=(.+)$/.exec(word) ?? [];
      const field = selectors[name];
      if (field === undefined)
        throw usageError(
          `--disk ${words}: "${word}" is not one of ${Object.keys(selectors).join(', ')} with = and a value`,
        );
      return [field, field === 'count' && /^\d{1,3}$/.test(value) ? Number(value) : value];
    }),
  );
}

/** A mapping; what is in it, the service knows. JSON is YAML. */
async function readDocument(file: string): Promise<object> {
  const content = await readFile(file, 'utf8').catch(() => {
    throw usageError(`--storage-file ${file} cannot be read`);
  });
  const document = parseDocument(content, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error) throw usageError(`--storage-file ${file}: ${error.message.split('\n')[0]}`);
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError(
      `--storage-file ${file} holds no mapping`,
      'Its keys are disks, arrays, groups, caches and fileSystems.',
    );
  return value;
}
