import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { readKey } from 'openpgp';
import { labSigner } from '../image/stream/signing-key.ts';
import { buildDeb, type DebSpec } from './deb.ts';
import { placeOf, writeTree } from './files.ts';

export interface AptArchive {
  /** As in sources.list(5). */
  readonly url: string;
  readonly suite: string;
  /** None: a flat repository, whose suite ends with a slash. */
  readonly component?: string;
  readonly keyUrl: string;
  readonly packages: readonly DebSpec[];
}

/**
 * Puts a signed archive where `archive.url` is looked for. Its key is made for this mirror, kept beside its tree.
 * @returns the fingerprint of the key, 40 hexadecimal digits, capitals
 */
export async function mirrorApt(
  mirror: { readonly directory: string; readonly state: string },
  archive: AptArchive,
): Promise<string> {
  const { suite, component } = archive;
  const base = placeOf(archive.url).replace(/\/$/, '');
  const isFlat = component === undefined;
  const pool = isFlat ? suite.replace(/\/$/, '') : `pool/${component}`;
  const stanzas: string[] = [];
  for (const spec of archive.packages) {
    const deb = await buildDeb(spec);
    const path = `${pool}/${spec.name}_${spec.version.replace(/^\d+:/, '')}_all.deb`.replace(/^\//, '');
    await writeTree(join(mirror.directory, base), { [path]: deb });
    stanzas.push(`${await controlOf(deb)}\nFilename: ${path}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n`);
  }
  const index = stanzas.join('\n');
  const lists = isFlat ? '' : `${component}/binary-amd64/`;
  const files = { [`${lists}Packages`]: Buffer.from(index), [`${lists}Packages.gz`]: gzipSync(index) };
  const release = releaseText(archive, files);
  const signer = await labSigner(mirror.state);
  const suiteFolder = isFlat ? pool : `dists/${suite}`;
  await writeTree(join(mirror.directory, base, suiteFolder), {
    ...files,
    Release: release,
    InRelease: await signer.clear(release),
    'Release.gpg': await signer.detached(release),
  });
  const key = await readKey({ binaryKey: signer.publicKey });
  await writeTree(mirror.directory, { [placeOf(archive.keyUrl)]: key.armor() });
  return key.getFingerprint().toUpperCase();
}

/** The index says what the package says: asked of dpkg-deb, as apt-ftparchive(1) would. */
async function controlOf(deb: Uint8Array): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'rw-deb-'));
  try {
    const file = join(scratch, 'package.deb');
    await writeFile(file, deb);
    return (await execa('dpkg-deb', ['--field', file])).stdout;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function releaseText({ suite, component }: AptArchive, files: Readonly<Record<string, Uint8Array>>): string {
  const sums = Object.entries(files).map(([path, bytes]) => ` ${sha256(bytes)} ${bytes.length} ${path}`);
  return [
    'Origin: Mirror',
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    `Date: ${new Date().toUTCString().replace('GMT', 'UTC')}`,
    'Architectures: all amd64',
    ...(component === undefined ? [] : [`Components: ${component}`]),
    'SHA256:',
    ...sums,
    '',
  ].join('\n');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
