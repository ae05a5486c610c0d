import { readFile } from 'node:fs/promises';
import type { MachineView } from '../../api/index.ts';
import type { PowerParameters } from '../../model/index.ts';
import { type CommandSpec, type Options, text } from '../command.ts';
import { usageError } from '../command-error.ts';
import { findMachine, machinePath } from '../find.ts';
import { machinePage } from '../pages/machine-page.ts';
import type { Session } from '../session.ts';

export const command: CommandSpec = {
  description:
    'Change the name of a machine or how its power is switched. A password comes from a file, is stored encrypted, and cannot be read back. It belongs to one BMC: with another address the stored one is forgotten.',
  flags: [
    { flags: '--name <name>', description: 'host name' },
    { flags: '--power <driver>', description: 'how its power is switched', choices: ['ipmi', 'manual'] },
    { flags: '--bmc-address <address>', description: 'IPv4 address of its BMC' },
    { flags: '--bmc-port <port>', description: 'UDP port of its BMC (623)' },
    { flags: '--bmc-user <user>', description: 'user on its BMC' },
    { flags: '--bmc-password-file <file>', description: 'file with the password, or - for standard input' },
    { flags: '--bmc-cipher-suite <number>', description: '17, or 3 for old BMCs', choices: ['3', '17'] },
  ],
  examples: [
    'rackwright machine set m-8f2k1 --name r1-u1',
    'rackwright machine set r1-u1 --bmc-address 10.78.1.2 --bmc-user admin --bmc-password-file bmc.txt',
    'rackwright machine set r1-u1 --bmc-cipher-suite 3',
    'rackwright machine set r1-u1 --power manual',
  ],
  async run({ args, options, session }) {
    const machine = await findMachine(session.api, args[0] as string);
    const name = text(options, 'name');
    const power = await powerFrom(options, machine.power, session);
    if (name === undefined && !power)
      throw usageError('nothing to change: give --name or one of the --bmc flags');
    const body = { ...(name !== undefined && { name }), ...(power && { power }) };
    const changed = await session.api.send<MachineView>('PATCH', machinePath(machine.id), body);
    if (power && !('password' in power) && isElsewhere(machine.power, changed.power)) {
      session.say(
        'The stored BMC password was forgotten: it was for another address. Give it again with --bmc-password-file.',
      );
    }
    await session.print(
      [changed],
      { columns: [], name: (one) => one.name, page: (one) => machinePage(one, undefined, new Date()) },
      true,
    );
    return 0;
  },
};

async function powerFrom(options: Options, now: PowerParameters, session: Session) {
  const flags = ['bmcAddress', 'bmcPort', 'bmcUser', 'bmcPasswordFile', 'bmcCipherSuite'];
  const isGiven = flags.some((flag) => text(options, flag) !== undefined);
  const driver = text(options, 'power') ?? (isGiven ? 'ipmi' : undefined);
  if (driver === undefined) return undefined;
  if (driver === 'manual') {
    if (isGiven) throw usageError('--power manual has no BMC: leave the --bmc flags away');
    return { driver: 'manual' };
  }
  const known = now.driver === 'ipmi' ? now : undefined;
  const address = text(options, 'bmcAddress') ?? known?.address;
  const username = text(options, 'bmcUser') ?? known?.username;
  if (!address || !username) throw usageError('a BMC needs --bmc-address and --bmc-user');
  const file = text(options, 'bmcPasswordFile');
  return {
    driver: 'ipmi',
    address,
    username,
    port: Number(text(options, 'bmcPort') ?? known?.port ?? 623),
    cipherSuite: Number(text(options, 'bmcCipherSuite') ?? known?.cipherSuite ?? 17),
    ...(file !== undefined && { password: await readPassword(file, session) }),
  };
}

async function readPassword(file: string, { around }: Session): Promise<string> {
  let content = '';
  if (file === '-') for await (const chunk of around.stdin.setEncoding('utf8')) content += chunk as string;
  else {
    content = await readFile(file, 'utf8').catch(() => {
      throw usageError(`--bmc-password-file ${file} cannot be read`);
    });
  }
  return content.replace(/\r?\n$/, '');
}

function isElsewhere(before: PowerParameters, after: PowerParameters): boolean {
  if (after.driver === 'manual') return false;
  return before.driver !== 'ipmi' || before.passwordSecret !== after.passwordSecret;
}
