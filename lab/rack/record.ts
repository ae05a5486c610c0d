import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rack } from '../types.ts';
import { namespaceName } from './addresses.ts';

/** A rack's own directory; its name is checked, because `down` removes this. */
export function rackDirectory(name: string, labDirectory: string): string {
  namespaceName(name);
  return join(labDirectory, 'racks', name);
}

/** The rack as another process left it. */
export async function loadRack(name: string, labDirectory: string): Promise<Rack | undefined> {
  const file = join(rackDirectory(name, labDirectory), 'rack.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Rack);
}

export async function saveRack(rack: Rack): Promise<void> {
  await mkdir(rack.directory, { recursive: true });
  const file = join(rack.directory, 'rack.json');
  await writeFile(`${file}.new`, `${JSON.stringify(rack, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
