import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair } from '../../remote/index.ts';
import { once } from '../rack/once.ts';
import { containersDirectory } from './names.ts';
import { tokenFile } from './service.ts';
import type { ContainerRack } from './types.ts';

/** The rack as another process left it. */
export async function loadContainers(name: string, labDirectory: string): Promise<ContainerRack | undefined> {
  const directory = containersDirectory(name, labDirectory);
  const text = await readFile(join(directory, 'rack.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return { ...(JSON.parse(text) as ContainerRack), powerToken: await powerToken(directory) };
}

export async function saveContainers(rack: ContainerRack): Promise<void> {
  const { powerToken: _secret, ...record } = rack;
  await mkdir(rack.directory, { recursive: true });
  await write(join(rack.directory, 'rack.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/** Made once a rack. */
export async function powerToken(rackDirectory: string): Promise<string> {
  const file = tokenFile(rackDirectory);
  // Roots of machines are below: their shadow files are nobody's business.
  await mkdir(rackDirectory, { recursive: true });
  await chmod(rackDirectory, 0o700);
  await once(file, () => write(file, `${randomBytes(24).toString('base64url')}\n`));
  return (await readFile(file, 'utf8')).trim();
}

/** Of one machine, made once; it stays when the root is made anew. */
export async function hostKey(machineDirectory: string): Promise<{ publicKey: string; privateKey: string }> {
  await mkdir(machineDirectory, { recursive: true });
  const file = join(machineDirectory, 'host-key');
  await once(file, async () => {
    const { publicKey, privateKey } = generateKeyPair('');
    await write(`${file}.pub`, publicKey);
    await write(file, privateKey.reveal());
  });
  return { publicKey: await readFile(`${file}.pub`, 'utf8'), privateKey: await readFile(file, 'utf8') };
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
