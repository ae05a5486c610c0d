import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { CodedError, type Secret } from '../model/index.ts';
import { type BmcAccess, checkBmcAccess, checkBmcPassword } from './address.ts';
import { bmcError, ipmitoolError } from './ipmitool-errors.ts';
import { withPasswordFile } from './password-file.ts';

/** Where distributions put it. Not $PATH: who can set that should not get our passwords. */
export const binDirectories = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin', '/bin', '/sbin'];

/** Measured: with these a silent BMC is given up after 10 s, and one that answers late has 2 s for each answer. */
const retransmitSeconds = 2;
const retransmissions = 2;
/** Beyond ipmitool's own patience, for the case that it hangs. */
const timeoutMs = 20_000;
const maxOutputBytes = 256 * 1024;

export type Ipmitool = (
  access: BmcAccess,
  password: Secret,
  command: readonly string[],
  signal?: AbortSignal,
) => Promise<string>;

/** One call of ipmitool over the LAN. Returns what it printed. */
export function createIpmitool(directories: readonly string[] = binDirectories): Ipmitool {
  return async (unchecked, password, command, signal) => {
    const { host, port, username, cipherSuite } = checkBmcAccess(unchecked);
    checkBmcPassword(password.reveal());
    const program = await find(directories);
    signal?.throwIfAborted();
    return withPasswordFile(password, async (file) => {
      const to = ['-I', 'lanplus', '-H', host, '-p', String(port), '-U', username, '-f', file];
      // Operator may do all that is done here (IPMI 2.0, appendix G); -v names the reason of a refused login.
      const how = ['-C', String(cipherSuite), '-L', 'OPERATOR', '-v'];
      const patience = ['-N', String(retransmitSeconds), '-R', String(retransmissions)];
      const result = await execa(program, [...to, ...how, ...patience, ...command], {
        extendEnv: false,
        env: { LC_ALL: 'C' },
        cwd: '/',
        stdin: 'ignore',
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: maxOutputBytes,
        reject: false,
        ...(signal && { cancelSignal: signal }),
      });
      if (result.isCanceled) throw signal?.reason;
      if (result.timedOut) throw bmcError('BMC_UNREACHABLE', host, `no end within ${timeoutMs / 1000} s`);
      if (result.isMaxBuffer) throw bmcError('BMC_COMMAND_FAILED', host, 'it sends without end');
      if (result.exitCode !== 0) throw ipmitoolError(host, result.stderr);
      return result.stdout;
    });
  };
}

async function find(directories: readonly string[]): Promise<string> {
  for (const directory of directories) {
    const candidate = join(directory, 'ipmitool');
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  const message = `ipmitool is in none of ${directories.join(', ')}.`;
  throw new CodedError('TOOL_MISSING', message, { tool: 'ipmitool', package: 'ipmitool' });
}
