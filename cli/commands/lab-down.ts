import type { CommandSpec } from '../command.ts';
import { labFlags, labPlace } from '../lab.ts';

export const command: CommandSpec = {
  description:
    'Take the virtual rack down: its machines, their disks and their network. Image stream and packages stay.',
  flags: labFlags,
  examples: ['rackwright lab down'],
  async run({ options, session }) {
    const { name, directory } = await labPlace(options);
    const { down } = await import('../../lab/index.ts');
    await down(name, directory);
    session.say(`Rack ${name} is gone.`);
    return 0;
  },
};
