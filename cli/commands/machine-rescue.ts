import { type CommandSpec, text, texts } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { readKeys } from '../ssh-keys.ts';

export const command: CommandSpec = {
  description:
    'Start a rescue system in the memory of machines, whatever is on their disks. Log in with: rackwright machine ssh NAME',
  flags: [
    { flags: '--image <name>', description: 'system to start (default: the one that the subnet boots)' },
    { flags: '--ssh-key <file>', description: 'public keys that may log in as root', repeats: true },
    ...writerFlags,
  ],
  examples: [
    'rackwright machine rescue r1-u1 --yes',
    'rackwright machine rescue r1-u1 --ssh-key ~/.ssh/id_ed25519.pub --yes',
  ],
  async run({ args, options, session }) {
    const image = text(options, 'image');
    const sshKeys = (await Promise.all(texts(options, 'sshKey').map(readKeys))).flat();
    return carryOut(session, args, options, {
      verb: 'rescue',
      isDestructive: true,
      foresee: async ({ name, state, deployment }) => ({
        machine: name,
        lines: [
          `is ${state}; becomes Rescue`,
          ...(deployment
            ? [`interrupts ${deployment.image} at ${deployment.address}, after a shutdown`]
            : []),
          'boots into memory over the network; its disks are not written to',
        ],
      }),
      ask: ({ id }) =>
        session.api.send('POST', machinePath(id, '/rescue'), { sshKeys, ...(image && { image }) }),
    });
  },
};
