import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, Secret } from '../../model/index.ts';
import { generateKeyPair } from '../../remote/index.ts';

export interface OwnKeys {
  /** What the API wants to see. */
  readonly token: Secret;
  readonly ssh: { readonly publicLine: string; readonly privateKey: Secret };
}

/**
 * The keys of an installation whose processes run apart: made by whoever set it up, the same for all, never made here.
 * @throws CodedError KEYS_MISSING
 */
export async function givenKeys(directory: string): Promise<OwnKeys> {
  const read = async (name: string): Promise<string> => {
    const path = join(directory, name);
    const content = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new CodedError('KEYS_MISSING', `${path} cannot be read.`, { path }, error);
    });
    if (content.trim() !== '') return content;
    throw new CodedError('KEYS_MISSING', `${path} is empty.`, { path });
  };
  await read('key');
  const token = new Secret((await read('token')).trim());
  const publicLine = (await read('ssh/id_ed25519.pub')).trim();
  return { token, ssh: { publicLine, privateKey: new Secret(await read('ssh/id_ed25519')) } };
}

/** Made at the first start, kept in files that only we can read, never changed by us afterwards. */
export async function ownKeys(dataDirectory: string): Promise<OwnKeys> {
  const sshDirectory = join(dataDirectory, 'ssh');
  await mkdir(sshDirectory, { recursive: true, mode: 0o700 });
  const token = await keepOnce(
    join(dataDirectory, 'token'),
    () => `${randomBytes(32).toString('base64url')}\n`,
  );
  const privatePath = join(sshDirectory, 'id_ed25519');
  const privateKey = await readFile(privatePath, 'utf8').catch(() => undefined);
  if (privateKey) {
    const publicLine = (await readFile(`${privatePath}.pub`, 'utf8')).trim();
    return { token: new Secret(token.trim()), ssh: { publicLine, privateKey: new Secret(privateKey) } };
  }
  const pair = generateKeyPair('rackwright');
  // The public half first: a cut between the two leaves no private key, and the pair is made anew.
  await write(`${privatePath}.pub`, `${pair.publicKey}\n`);
  await write(privatePath, pair.privateKey.reveal());
  return {
    token: new Secret(token.trim()),
    ssh: { publicLine: pair.publicKey, privateKey: pair.privateKey },
  };
}

async function keepOnce(path: string, make: () => string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept.trim() !== '') return kept;
  const made = make();
  await write(path, made);
  return made;
}

async function write(path: string, content: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
