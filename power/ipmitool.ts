import type { Secret } from '../model/index.ts';
import { type BmcAccess, checkBmcAccess, checkBmcPassword } from './address.ts';
import { bmcError, ipmitoolError } from './ipmitool-errors.ts';
import { withPasswordFile } from './password-file.ts';
import { binDirectories, findProgram, runProgram } from './program.ts';

/** Measured: with these a silent BMC is given up after 10 s, and one that answers late has 2 s for each answer. */
const retransmitSeconds = 2;
const retransmissions = 2;
/** The time is beyond ipmitool's own patience, for the case that it hangs. */
const program = { name: 'ipmitool', package: 'ipmitool', timeoutMs: 20_000 };

export type Ipmitool = (
  access: BmcAccess,
  password: Secret,
  command: readonly string[],
  signal?: AbortSignal,
) => Promise<string>;

/** One call of ipmitool over the LAN. Returns what it printed. */
export function createIpmitool(directories: readonly string[] = binDirectories): Ipmitool {
  return (access, password, command, signal) =>
    callIpmitool(directories, checkBmcAccess(access), password, command, signal);
}

/**
 * Does the BMC let in whoever knows a user name, with any password (cipher suite 0, CVE-2013-4782)? Tried with a
 * password that is not ours, and nothing is asked but the power state.
 */
export function createCipherZeroTest(directories: readonly string[] = binDirectories) {
  return async (access: BmcAccess, wrongPassword: Secret, signal?: AbortSignal): Promise<boolean> => {
    const zero = { ...checkBmcAccess(access), cipherSuite: 0 } as const;
    try {
      await callIpmitool(directories, zero, wrongPassword, ['chassis', 'power', 'status'], signal);
      return true;
    } catch {
      signal?.throwIfAborted();
      return false;
    }
  };
}

async function callIpmitool(
  directories: readonly string[],
  access: Omit<BmcAccess, 'cipherSuite'> & { readonly cipherSuite: 0 | 3 | 17 },
  password: Secret,
  command: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { host, port, username, cipherSuite } = access;
  checkBmcPassword(password.reveal());
  const path = await findProgram(program, directories);
  signal?.throwIfAborted();
  return withPasswordFile(password, async (file) => {
    const to = ['-I', 'lanplus', '-H', host, '-p', String(port), '-U', username, '-f', file];
    // Operator may do all that is done here (IPMI 2.0, appendix G); -v names the reason of a refused login.
    const how = ['-C', String(cipherSuite), '-L', 'OPERATOR', '-v'];
    const patience = ['-N', String(retransmitSeconds), '-R', String(retransmissions)];
    const ran = await runProgram(path, program, [...to, ...how, ...patience, ...command], signal);
    if (ran.ended === 'timeout')
      throw bmcError('BMC_UNREACHABLE', host, `no end within ${program.timeoutMs / 1000} s`);
    if (ran.ended === 'flood') throw bmcError('BMC_COMMAND_FAILED', host, 'it sends without end');
    if (ran.exitCode !== 0) throw ipmitoolError(host, ran.stderr);
    return ran.stdout;
  });
}
