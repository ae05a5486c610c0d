import type { PlanAnswer } from '../../model/index.ts';
import { type CommandSpec, isSet, type Options, text, texts } from '../command.ts';
import { usageError } from '../command-error.ts';
import { networkFlags, networkRequest } from '../deploy/network-flags.ts';
import { storageFlags, storageRequest } from '../deploy/storage-flags.ts';
import { systemFlags, systemRequest } from '../deploy/system-flags.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { layerParameters } from '../layer-parameters.ts';
import { readKeys } from '../ssh-keys.ts';

export const command: CommandSpec = {
  description:
    'Put an operating system on the disk of machines. What is on the disk is lost. The plan that you said yes to is the plan that is carried out.',
  flags: [
    { flags: '--image <name>', description: 'operating system, such as debian/12', required: true },
    { flags: '--subnet <name>', description: 'where it gets its address, when there is more than one' },
    ...storageFlags,
    ...networkFlags,
    ...systemFlags,
    {
      flags: '--ephemeral',
      description: 'run it from memory; no disk is touched, and a power cycle ends it',
    },
    { flags: '--layer <name>', description: 'lay this on it as well', repeats: true },
    { flags: '--param <layer.key=value>', description: 'parameter of a layer', repeats: true },
    { flags: '--ssh-key <file>', description: 'public keys that may log in', repeats: true },
    { flags: '--kernel-arg <argument>', description: 'such as console=ttyS0', repeats: true },
    { flags: '--reboot', description: 'start the installed system through the firmware, not by kexec' },
    { flags: '--plan-digest <digest>', description: 'carry out this plan and no other' },
    ...writerFlags,
  ],
  examples: [
    'rackwright machine deploy r1-u1 --image debian/12 --plan',
    'rackwright machine deploy r1-u1 --image debian/12 --layout raid1 --disk serial=S1 --disk serial=S2',
    'rackwright machine deploy r1-u1 --image debian/12 --ssh-key ~/.ssh/id_ed25519.pub',
    'rackwright machine deploy r1-u1 --image debian/12 --network-file bond.yaml --timezone Europe/Berlin --plan',
    'rackwright machine deploy r1-u1 --image debian/12 --user anna:anna.pub --user-data cloud.yaml',
    'rackwright machine deploy r1-u1 --image debian/12 --ephemeral --ssh-key ~/.ssh/id_ed25519.pub',
    'rackwright machine deploy r1-u1 r1-u2 --image debian/12 --layer nginx --yes --detach',
  ],
  async run({ args, options, session }) {
    const digest = text(options, 'planDigest');
    if (digest !== undefined && args.length > 1)
      throw usageError('--plan-digest is of one machine; name only that one');
    for (const [flag, name] of [
      ['--address', 'address'],
      ['--hostname', 'hostname'],
    ] as const) {
      if (text(options, name) !== undefined && args.length > 1)
        throw usageError(`${flag} is of one machine; name only that one`);
    }
    const request = await requestFrom(options);
    return carryOut(session, args, options, {
      verb: 'deploy',
      isDestructive: true,
      async foresee({ id, name }) {
        const answer = await session.api.send<PlanAnswer>('POST', machinePath(id, '/deploy/plan'), request);
        return { machine: name, ...answer };
      },
      ask: ({ id }, shown) => {
        const planDigest = digest ?? shown;
        return session.api.send('POST', machinePath(id, '/deploy'), {
          ...request,
          ...(planDigest && { planDigest }),
        });
      },
    });
  },
};

async function requestFrom(options: Options) {
  const parameters = layerParameters(texts(options, 'param'));
  const layers = texts(options, 'layer').map((layer) => ({ layer, parameters: parameters.get(layer) ?? {} }));
  for (const name of parameters.keys()) {
    if (layers.every(({ layer }) => layer !== name))
      throw usageError(`--param ${name}.…: add --layer ${name}`);
  }
  const subnet = text(options, 'subnet');
  const storage = await storageRequest(options);
  const network = await networkRequest(options);
  const system = await systemRequest(options);
  return {
    image: text(options, 'image'),
    layers,
    sshKeys: (await Promise.all(texts(options, 'sshKey').map(readKeys))).flat(),
    kernelArguments: texts(options, 'kernelArg'),
    ...(subnet !== undefined && { subnet }),
    ...(storage && { storage }),
    ...(network && { network }),
    ...(system && { system }),
    ...(isSet(options, 'ephemeral') && { ephemeral: true }),
    ...(isSet(options, 'reboot') && { enter: 'reboot' }),
  };
}
