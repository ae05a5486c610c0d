import { spawn } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineView } from '../../api/index.ts';
import { parseIpv4 } from '../../net/index.ts';
import type { CommandSpec } from '../command.ts';
import { codedError, usageError } from '../command-error.ts';
import { exitStatus } from '../exit-status.ts';
import { findMachine } from '../find.ts';
import { placeNow } from '../pages/system-lines.ts';

export const command: CommandSpec = {
  description:
    'Log in to a machine with the key of the service. Only the host keys that were pinned are accepted.',
  examples: ['rackwright machine ssh r1-u1', 'rackwright machine ssh r1-u1 -- journalctl -b'],
  async run({ args, session }) {
    const [name = '', ...remote] = args;
    const machine = await findMachine(session.api, name);
    const key = join(session.dataDir, 'ssh', 'id_ed25519');
    await access(key).catch(() => {
      throw usageError(`there is no key ${key}`, 'Name the data directory of the service: --data-dir DIR');
    });
    const directory = await mkdtemp(join(tmpdir(), 'rackwright-ssh-'));
    try {
      const knownHosts = join(directory, 'known_hosts');
      const { address, lines } = placeOf(machine);
      await writeFile(knownHosts, lines, { mode: 0o600 });
      return await runSsh([...sshArguments(key, knownHosts), `root@${address}`, ...remote]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

function placeOf(machine: MachineView) {
  const { name } = machine;
  const place = placeNow(machine);
  if (!place)
    throw codedError('SSH_UNREACHABLE', `${name} runs nothing that we could log in to`, exitStatus.failed);
  const address = parseIpv4(place.address);
  // The address becomes an argument of a program and the keys lines of a file: nothing else may be in them.
  const keys = place.hostKeys.filter((line) => /^[a-z0-9@.-]+ [A-Za-z0-9+/=]+$/.test(line));
  if (!address || keys.length === 0)
    throw codedError('SSH_HOST_KEY_CHANGED', `no host key of ${name} is pinned`);
  return { address, lines: keys.map((line) => `${address} ${line}\n`).join('') };
}

/** ssh_config(5). No file of the user has a say: an alias there could lead elsewhere or forward an agent. */
function sshArguments(key: string, knownHosts: string): readonly string[] {
  const options = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'IdentitiesOnly=yes',
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'ForwardAgent=no',
    'ForwardX11=no',
    'ConnectTimeout=15',
  ];
  return ['-F', 'none', '-i', key, ...options.flatMap((option) => ['-o', option])];
}

function runSsh(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const ssh = spawn('ssh', args, { stdio: 'inherit' });
    // Ctrl-C belongs to the machine at the other end while ssh runs.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    ssh.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? usageError('there is no ssh on the path', 'Install the OpenSSH client.')
          : error,
      );
    });
    ssh.once('close', (code) => {
      process.removeListener('SIGINT', ignore);
      resolve(code ?? exitStatus.failed);
    });
  });
}
