import { execa } from 'execa';
import { CodedError } from '../model/index.ts';

export interface ConvertOptions {
  /** A directory of this conversion alone, with the file `input` in it; `output` is made there. */
  readonly directory: string;
  /** Bytes of the disk in it, as its header says. */
  readonly virtualSize: number;
  readonly signal: AbortSignal;
  /** Put before qemu-img; tests watch it with one. */
  readonly prefix?: readonly string[];
}

const gib = 2 ** 30;
/** docs/security.md, rule 26. */
const addressSpace = 2 * gib;
const cpuSecondsPerGib = 60;
/** nobody: owns nothing, and gets past no directory that is closed to others. */
const nobody = '65534';

/**
 * Turns `input`, a qcow2 whose header was checked, into `output`, raw and sparse, with qemu-img in a sandbox: no network, no
 * privileges, bounded memory, time and file size. The format is named, never guessed.
 */
export async function convertQcow2(options: ConvertOptions): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const cpu = cpuSecondsPerGib * Math.max(1, Math.ceil(options.virtualSize / gib));
  const args = [
    '--net',
    '--ipc',
    // Without root a network of its own needs a user of its own.
    ...(isRoot ? [] : ['--user', '--map-current-user']),
    '--',
    'prlimit',
    `--as=${addressSpace}`,
    `--cpu=${cpu}`,
    // A raw disk and not one byte more.
    `--fsize=${options.virtualSize + 2 ** 20}`,
    '--nofile=64',
    '--core=0',
    '--',
    'setpriv',
    '--no-new-privs',
    ...(isRoot ? [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--bounding-set=-all'] : []),
    '--',
    ...(options.prefix ?? []),
    'qemu-img',
    'convert',
    '-f',
    'qcow2',
    '-O',
    'raw',
    // Relative names: nobody can walk here from the root of the file system, and need not.
    'input',
    'output',
  ];
  const result = await execa('unshare', args, {
    cwd: options.directory,
    extendEnv: false,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    stdin: 'ignore',
    maxBuffer: 64 * 1024,
    // Time on the wall, for one that waits instead of working.
    timeout: Math.max(600, cpu * 4) * 1000,
    cancelSignal: options.signal,
    forceKillAfterDelay: 1_000,
    reject: false,
  });
  options.signal.throwIfAborted();
  if (!result.failed) return;
  if (result.code === 'ENOENT')
    throw new CodedError('TOOL_MISSING', 'unshare is not here: install util-linux.');
  const said = result.stderr.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  if (/No such file or directory/.test(said) && /^(prlimit|setpriv|unshare)/.test(said)) {
    throw new CodedError(
      'TOOL_MISSING',
      'qemu-img, prlimit or setpriv is not here: install qemu-utils and util-linux.',
    );
  }
  if (said.startsWith('unshare:')) {
    throw new CodedError(
      'TOOL_MISSING',
      `A sandbox for qemu-img cannot be made here (${said.slice(0, 200)}): run the worker as root, or allow user namespaces.`,
    );
  }
  if (/No space left on device|Disk quota exceeded/.test(said)) {
    throw new CodedError('DISK_FULL', 'The disk of the images is full.', {}, result);
  }
  throw new CodedError(
    'IMAGE_REFUSED',
    `qemu-img cannot convert the file within its bounds: ${said.slice(-300) || (result.shortMessage ?? '').slice(0, 300)}`,
    { field: 'format' },
  );
}
