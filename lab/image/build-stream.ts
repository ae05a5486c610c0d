import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostAptDateOptions, hostAptSources } from '../apt-sources.ts';
import { addBootloaders } from './bootloaders.ts';
import { buildRoot, type RootInputs } from './build-root.ts';
import { hostRelease } from './host-release.ts';
import { buildInitrd } from './initrd/build-initrd.ts';
import { packRoot, ROOT_PARTS } from './pack-root.ts';
import {
  kernelPackage,
  DISABLED_UNITS,
  EPHEMERAL_MODULES,
  EPHEMERAL_OTHER_CARDS,
  RECIPE_VERSION,
  ROOT_EXCLUDES,
  rootPackages,
} from './recipe.ts';
import { stage, stampOf } from './stage.ts';
import { bootloaderProducts, nextSerial, systemProducts } from './stream/documents.ts';
import { labSigner } from './stream/signing-key.ts';
import { writeDocuments } from './stream/write-documents.ts';
import { streamFile } from './stream-file.ts';

export interface ImageStream {
  /** The tree a web server shows: streams/v1/… and what it names. */
  readonly directory: string;
  /** Binary OpenPGP public key. */
  readonly keyring: string;
}

/** Builds, or finds built, a signed image stream of the host's own release. */
export async function buildStream(options: {
  readonly directory: string;
  readonly report: (line: string) => void;
}): Promise<ImageStream> {
  const { directory, report } = options;
  await mkdir(directory, { recursive: true });
  const inputs = await rootInputs();
  const rootStamp = stampOf([RECIPE_VERSION, ROOT_EXCLUDES, DISABLED_UNITS, inputs]);
  const root = await stage(directory, 'root', rootStamp, async (scratch) => {
    report(`image: building a ${inputs.release.codename} root, which takes a few minutes the first time`);
    await buildRoot(scratch, inputs, report);
    await packRoot(scratch, report);
  });
  const keyring = join(directory, 'keyring.gpg');
  const treeStamp = stampOf([
    RECIPE_VERSION,
    rootStamp,
    EPHEMERAL_MODULES,
    EPHEMERAL_OTHER_CARDS,
    await initrdSources(),
  ]);
  const tree = await stage(directory, 'tree', treeStamp, async (scratch) => {
    report('image: packing the initrd and signing the stream');
    await writeTree({ tree: scratch, root: root.path, inputs, directory, keyring });
  });
  report(tree.built ? 'image: the stream is built' : 'image: the stream is there already');
  return { directory: tree.path, keyring };
}

async function writeTree(parts: {
  readonly tree: string;
  readonly root: string;
  readonly inputs: RootInputs;
  readonly directory: string;
  readonly keyring: string;
}): Promise<void> {
  const { tree, root, directory } = parts;
  const { os, codename, version } = parts.inputs.release;
  const updated = new Date();
  const serialFile = join(directory, 'serial');
  const serial = nextSerial(updated, await readFile(serialFile, 'utf8').catch(() => undefined));
  const base = `${codename}/amd64/${serial}`;
  const kernelBase = `${base}/ga-${version}/generic`;
  await mkdir(join(tree, kernelBase), { recursive: true });
  await link(join(root, ROOT_PARTS.squashfs), join(tree, base, 'squashfs'));
  await link(join(root, ROOT_PARTS.manifest), join(tree, base, 'squashfs.manifest'));
  await link(join(root, ROOT_PARTS.kernel), join(tree, kernelBase, 'boot-kernel'));
  const scratch = join(tree, '.initrd');
  await buildInitrd({
    modules: join(root, ROOT_PARTS.modules),
    busybox: join(root, ROOT_PARTS.busybox),
    scratch,
    output: join(tree, kernelBase, 'boot-initrd'),
  });
  await rm(scratch, { recursive: true });
  const files = {
    'boot-kernel': await streamFile(tree, `${kernelBase}/boot-kernel`),
    'boot-initrd': await streamFile(tree, `${kernelBase}/boot-initrd`),
    squashfs: await streamFile(tree, `${base}/squashfs`),
    manifest: await streamFile(tree, `${base}/squashfs.manifest`),
  };
  const kpackage = kernelPackage(os);
  const documents = [
    systemProducts({ os, release: codename, version, kpackage, serial, files }, updated),
    bootloaderProducts(await addBootloaders(tree, root, serial), codename, updated),
  ];
  const signer = await labSigner(directory);
  await writeDocuments(tree, documents, updated, signer);
  await replace(parts.keyring, signer.publicKey);
  await replace(serialFile, serial);
}

async function rootInputs(): Promise<RootInputs> {
  const release = await hostRelease();
  return {
    release,
    sources: await hostAptSources(release.codename),
    aptOptions: await hostAptDateOptions(),
    packages: rootPackages(release.os),
  };
}

/** The text of all that goes into the initrd, so that a changed script is a changed stream. */
async function initrdSources(): Promise<Record<string, string>> {
  const sources: Record<string, string> = {};
  for (const part of ['initrd', 'personality']) {
    const directory = fileURLToPath(new URL(part, import.meta.url));
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      sources[`${part}${path.slice(directory.length)}`] = await readFile(path, 'utf8');
    }
  }
  return sources;
}

async function replace(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
}
