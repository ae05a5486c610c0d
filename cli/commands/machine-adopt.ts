import { readFile } from 'node:fs/promises';
import type { MachineView } from '../../api/index.ts';
import { type CommandSpec, isSet, type Options, text } from '../command.ts';
import { usageError } from '../command-error.ts';
import { exitStatus } from '../exit-status.ts';
import { hostKeysIn } from '../host-keys.ts';
import { machinePage } from '../pages/machine-page.ts';
import type { Session } from '../session.ts';
import { clean } from '../text.ts';

export const command: CommandSpec = {
  description:
    'Take in a machine that runs already and was not deployed by Rackwright, so that layers can be laid on it. It must let root in with the key that --show-key prints, and show a host key of the file: compare that with /etc/ssh/ssh_host_*_key.pub on the machine, ssh-keyscan believes whoever answers. Nothing on it is changed, and it is never erased. Adopted once more under its name, it is known by its new address and host keys.',
  flags: [
    { flags: '--address <ipv4>', description: 'where its SSH answers, at port 22' },
    {
      flags: '--host-key-file <file>',
      description: 'its public host keys, as ssh-keyscan prints them or from /etc/ssh/*.pub',
    },
    { flags: '--site <name>', description: 'whose racks reach it (default: the site of the service)' },
    {
      flags: '--show-key',
      description: 'only print the line that its /root/.ssh/authorized_keys must have',
    },
  ],
  examples: [
    'rackwright machine adopt --show-key',
    'rackwright machine adopt web1 --address 10.0.0.5 --host-key-file web1.keys',
    'rackwright machine adopt web1 --address 10.0.0.5 --host-key-file ssh_host_ed25519_key.pub --site hall-2',
  ],
  async run({ args, options, session }) {
    if (isSet(options, 'showKey')) return showKey(session);
    const body = await requestFrom(args[0], options);
    const machine = await session.api.send<MachineView>('POST', '/v1/machines', body);
    await session.print(
      [machine],
      { columns: [], name: ({ name }) => name, page: (one) => machinePage(one, undefined, new Date()) },
      true,
    );
    return exitStatus.done;
  },
};

async function showKey(session: Session): Promise<number> {
  const key = await session.api.get<{ publicKey: string }>('/v1/ssh-key');
  const line = ({ publicKey }: typeof key) => clean(publicKey);
  await session.print([key], { columns: [], name: line, page: (one) => [line(one)] }, true);
  return exitStatus.done;
}

async function requestFrom(name: string | undefined, options: Options) {
  const address = text(options, 'address');
  const file = text(options, 'hostKeyFile');
  const site = text(options, 'site');
  if (name === undefined) throw usageError('give the machine a name');
  if (address === undefined) throw usageError('--address is missing: where does its SSH answer?');
  if (file === undefined)
    throw usageError(
      '--host-key-file is missing: no host key is trusted that is not known beforehand',
      `Write them to a file and compare them on the machine: ssh-keyscan ${address} > ${name}.keys`,
    );
  const content = await readFile(file, 'utf8').catch(() => {
    throw usageError(`--host-key-file ${file} cannot be read`);
  });
  const hostKeys = hostKeysIn(content, file, address);
  return { name, address, hostKeys, ...(site !== undefined && { site }) };
}
