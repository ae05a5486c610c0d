import { type CommandSpec, isSet, text, texts } from '../command.ts';
import { exitStatus } from '../exit-status.ts';
import { awaitImageTask } from '../image-task.ts';
import { readKeyring } from '../keyring.ts';

export const command: CommandSpec = {
  description:
    'Fetch images from a simplestreams mirror. Nothing is used that is not signed by the key ring; what is here already is not fetched again, and what was cut goes on where it was. The old image serves until the new one is whole.',
  flags: [
    {
      flags: '--keyring <file>',
      description: 'OpenPGP public keys that sign the stream, armoured or binary',
      required: true,
    },
    { flags: '--os <name>', description: 'only this system, such as debian (repeatable)', repeats: true },
    {
      flags: '--release <release>',
      description: 'only this version or codename, such as 24.04 or noble (repeatable)',
      repeats: true,
    },
    { flags: '--version <version>', description: 'the same as --release', repeats: true },
    { flags: '--arch <arch>', description: 'amd64 or arm64 (repeatable; default: amd64)', repeats: true },
    {
      flags: '--kernel <kernel>',
      description: 'only this kernel, such as ga-24.04 (repeatable)',
      repeats: true,
    },
    { flags: '--wait', description: 'until it is whole, with progress (this is what happens anyway)' },
    { flags: '--detach', description: 'return as soon as it is at work' },
  ],
  examples: [
    'rackwright image sync https://images.example.org/streams/ --keyring keys.asc',
    'rackwright image sync https://images.example.org/streams/ --keyring keys.asc --os ubuntu --release noble --release jammy --kernel ga-24.04',
    'rackwright image sync https://images.example.org/streams/ --keyring keys.asc --os debian --version 12 --detach',
  ],
  async run({ args, options, session }) {
    const keyring = await readKeyring(text(options, 'keyring') as string);
    const arch = texts(options, 'arch');
    const filters = {
      os: texts(options, 'os'),
      release: [...texts(options, 'release'), ...texts(options, 'version')],
      kernel: texts(options, 'kernel'),
      arch: arch.length > 0 ? arch : ['amd64'],
    };
    const { id } = await session.api.send<{ id: string }>('POST', '/v1/images/sync', {
      url: args[0],
      keyring,
      ...Object.fromEntries(Object.entries(filters).filter(([, values]) => values.length > 0)),
    });
    const path = `/v1/images/sync/${id}`;
    if (isSet(options, 'detach')) {
      session.say(`At work. Look: rackwright api GET ${path}`);
      return exitStatus.done;
    }
    return awaitImageTask(session, path);
  },
};
