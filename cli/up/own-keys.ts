import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../model/index.ts';
import { generateKeyPair } from '../../remote/index.ts';

export interface OwnKeys {
  /** What the API wants to see. */
  readonly token: Secret;
  readonly ssh: { readonly publicLine: string; readonly privateKey: Secret };
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
