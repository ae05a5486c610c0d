import type { Image } from '../../model/index.ts';
import { type CommandSpec, isSet, text } from '../command.ts';
import { usageError } from '../command-error.ts';
import { confirm, demandConsent } from '../confirm.ts';
import { exitStatus } from '../exit-status.ts';
import { imageView } from '../pages/image-view.ts';

export const command: CommandSpec = {
  description:
    'Forget an image, or one serial of it. What a machine, a boot, a running operation or a subnet needs is refused. Its files go with the next `rackwright image gc`.',
  flags: [
    { flags: '--arch <arch>', description: 'only of this architecture', choices: ['amd64', 'arm64'] },
    { flags: '--yes', description: 'do not ask' },
  ],
  examples: ['rackwright image remove acme/1@20261122.1', 'rackwright image remove acme/1 --yes'],
  async run({ args, options, session }) {
    const [reference = ''] = args;
    const match = /^([a-z][a-z0-9-]*)\/([a-z0-9][a-z0-9.]*)(?:@([\w.-]+))?$/.exec(reference);
    if (!match) throw usageError(`${reference} is no image such as debian/12 or debian/12@20261122`);
    const [, os, version, serial] = match;
    const isAgreed = isSet(options, 'yes');
    demandConsent(session, 'image remove', isAgreed);
    if (!isAgreed && !(await confirm(session, `Forget ${reference}?`))) {
      session.say('Nothing was done.');
      return exitStatus.usage;
    }
    const arch = text(options, 'arch');
    const query = new URLSearchParams({ ...(serial && { serial }), ...(arch && { arch }) });
    const { items } = await session.api.send<{ items: Image[] }>(
      'DELETE',
      `/v1/images/${os}/${version}${query.size > 0 ? `?${query.toString()}` : ''}`,
    );
    // Nobody needed them, or they would not have been forgotten.
    await session.print(
      items.map((image) => ({ ...image, usedBy: [] })),
      imageView,
    );
    return exitStatus.done;
  },
};
