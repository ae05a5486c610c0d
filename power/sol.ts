import { execa } from 'execa';
import type { Secret } from '../model/index.ts';
import { type BmcAccess, checkBmcAccess, checkBmcPassword } from './address.ts';
import { bmcError, ipmitoolError } from './ipmitool-errors.ts';
import { withPasswordFile } from './password-file.ts';
import { binDirectories, findProgram } from './program.ts';

const program = { name: 'ipmitool', package: 'ipmitool', timeoutMs: 0 };
const maxLineBytes = 4096;
/** What a chatty console may say before it is given up; a minute at 115,200 baud is 0.7 MB. */
const maxConsoleBytes = 4 * 1024 * 1024;
const goodbyeMs = 5_000;

export interface Reading {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a serial console over the LAN (IPMI 2.0, section 15) until a line of it means something to `meaning`.
 * Nothing is typed on it. @returns undefined when nothing did in time.
 */
export type ReadSol = <Found>(
  access: BmcAccess,
  password: Secret,
  meaning: (line: string) => Found | undefined,
  reading: Reading,
) => Promise<Found | undefined>;

export function createReadSol(directories: readonly string[] = binDirectories): ReadSol {
  return async (access, password, meaning, { timeoutMs, signal }) => {
    const { host, port, username, cipherSuite } = checkBmcAccess(access);
    checkBmcPassword(password.reveal());
    const path = await findProgram(program, directories);
    signal?.throwIfAborted();
    return withPasswordFile(password, async (file) => {
      const to = ['-I', 'lanplus', '-H', host, '-p', String(port), '-U', username, '-f', file];
      const how = ['-C', String(cipherSuite), '-L', 'OPERATOR', '-v'];
      const child = start(path, [...to, ...how, 'sol', 'activate'], timeoutMs + goodbyeMs, signal);
      try {
        const found = await firstMeaning(child, meaning, timeoutMs);
        signal?.throwIfAborted();
        if (found.kind === 'flood')
          throw bmcError('BMC_COMMAND_FAILED', host, 'its console talks without end');
        if (found.kind === 'ended') throw ipmitoolError(host, (await child).stderr);
        return found.kind === 'found' ? found.value : undefined;
      } finally {
        await goodbye(child);
      }
    });
  };
}

type Child = ReturnType<typeof start>;

/** Its standard input stays open: at an end of it, ipmitool ends the session. */
function start(path: string, words: readonly string[], timeout: number, signal: AbortSignal | undefined) {
  return execa(path, words, {
    extendEnv: false,
    env: { LC_ALL: 'C' },
    cwd: '/',
    stdin: 'pipe',
    buffer: { stdout: false },
    timeout,
    killSignal: 'SIGKILL',
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
}

type End<Found> =
  | { readonly kind: 'found'; readonly value: Found }
  | { readonly kind: 'ended' | 'late' | 'flood' };

function firstMeaning<Found>(
  child: Child,
  meaning: (line: string) => Found | undefined,
  timeoutMs: number,
): Promise<End<Found>> {
  const { promise, resolve } = Promise.withResolvers<End<Found>>();
  const timer = setTimeout(() => resolve({ kind: 'late' }), timeoutMs);
  let rest = '';
  let received = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > maxConsoleBytes) return resolve({ kind: 'flood' });
    const lines = (rest + chunk.toString('latin1')).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-maxLineBytes);
    for (const line of lines) {
      const value = meaning(line.slice(0, maxLineBytes));
      if (value !== undefined) return resolve({ kind: 'found', value });
    }
  });
  void child.then(() => resolve({ kind: 'ended' }));
  return promise.finally(() => clearTimeout(timer));
}

/** `~.` at the beginning of a line: ipmitool tells the BMC, which would keep the console taken otherwise. */
async function goodbye(child: Child): Promise<void> {
  child.stdin?.on('error', () => undefined);
  child.stdout?.resume();
  child.stdin?.end('\n~.');
  const late = setTimeout(() => child.kill('SIGKILL'), goodbyeMs);
  await child;
  clearTimeout(late);
}
