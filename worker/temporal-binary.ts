import { createWriteStream } from 'node:fs';
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { CodedError } from '../model/index.ts';

/** The one version that is tested: its go.mod has no replace directive, so that it can also be built from source. */
const VERSION = '1.5.1';

/**
 * Finds the Temporal server, or fetches it: the path, our cache, the official download, a build from source.
 * @param report one line a step, for whoever waits.
 * @throws CodedError TEMPORAL_UNAVAILABLE
 */
export async function temporalBinary(cache: string, report: (line: string) => void): Promise<string> {
  const cached = join(cache, `temporal-${VERSION}`);
  for (const path of [...pathsOf('temporal'), cached]) if (await isExecutable(path)) return path;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'fetch-'));
  try {
    report(`Temporal ${VERSION} is not here yet: fetching the official build`);
    const built = (await download(work).catch(() => undefined)) ?? (await build(work, report));
    await chmod(built, 0o755);
    await rename(built, cached);
    return cached;
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function download(work: string): Promise<string> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const url = `https://temporal.download/cli/archive/v${VERSION}?platform=linux&arch=${arch}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(180_000) });
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  const archive = join(work, 'temporal.tar.gz');
  await pipeline(Readable.fromWeb(response.body), createWriteStream(archive));
  await execa('tar', ['-xzf', archive, '-C', work, 'temporal']);
  return join(work, 'temporal');
}

async function build(work: string, report: (line: string) => void): Promise<string> {
  const [go] = await filter(pathsOf('go'));
  if (!go) {
    throw new CodedError(
      'TEMPORAL_UNAVAILABLE',
      'The Temporal server is not on the path, cannot be downloaded from here, and there is no Go to build it.',
    );
  }
  report('The download does not answer: building it with Go (about 5 minutes, once)');
  await execa(go, ['install', `github.com/temporalio/cli/cmd/temporal@v${VERSION}`], {
    env: { GOBIN: work },
    timeout: 30 * 60_000,
  });
  return join(work, 'temporal');
}

function pathsOf(program: string): readonly string[] {
  return (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, program));
}

async function filter(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map(isExecutable));
  return paths.filter((_, index) => found[index]);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
