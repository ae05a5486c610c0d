import { readdir, readFile } from 'node:fs/promises';
import type { Script } from '../../model/index.ts';
import { readScript } from './read-script.ts';

/** One text for the three tests that disks have of their own; how long each takes is up to the disk. */
const variants: Readonly<Record<string, readonly Readonly<Record<'kind' | 'timeout', string>>[]>> = {
  'disk-smart.sh': [
    { kind: 'short', timeout: '00:30:00' },
    { kind: 'long', timeout: '96:00:00' },
    { kind: 'conveyance', timeout: '02:00:00' },
  ],
};

/** The tests that come with us, in `inventory/tests`: scripts like any operator's. */
export async function shippedScripts(): Promise<readonly Script[]> {
  const folder = new URL('../tests/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sh')).toSorted();
  const texts = await Promise.all(
    files.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      return (variants[name] ?? [undefined]).map((values) =>
        values ? text.replaceAll('{{kind}}', values.kind).replaceAll('{{timeout}}', values.timeout) : text,
      );
    }),
  );
  return texts.flat().map((text) => readScript(text));
}
