import { stat } from 'node:fs/promises';
import { execa } from 'execa';
import { CodedError } from '../model/index.ts';
import { readTar, type TarEntry } from './tar.ts';

/** All of Ubuntu's bootloader archives unpack to less than 10 MiB each. */
const maxUnpacked = 64 * 2 ** 20;
/** docs/security.md, rule 27. */
const maxRatio = 200;
const unpackTimeoutMs = 60_000;

/** The files of a tar.xz whose SHA-256 was checked. Stops within a pipe's buffer of the limit, not after it. */
export async function unpackTarXz(path: string, signal: AbortSignal): Promise<readonly TarEntry[]> {
  const limit = Math.min(maxUnpacked, (await stat(path)).size * maxRatio);
  const result = await execa('xz', ['--decompress', '--stdout', '--memlimit-decompress=256MiB'], {
    inputFile: path,
    encoding: 'buffer',
    maxBuffer: limit,
    timeout: unpackTimeoutMs,
    cancelSignal: signal,
    extendEnv: false,
    env: { PATH: '/usr/bin:/bin' },
    reject: false,
  });
  signal.throwIfAborted();
  if (result.isMaxBuffer)
    throw new CodedError('STREAM_INVALID', `${path} unpacks to more than ${limit} bytes.`);
  if (result.code === 'ENOENT') throw new CodedError('INTERNAL', 'xz is missing here: install xz-utils.');
  if (result.failed) {
    throw new CodedError('STREAM_INVALID', `${path} cannot be unpacked: ${result.shortMessage}`, {}, result);
  }
  return readTar(result.stdout);
}
