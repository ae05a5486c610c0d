import type { CommandSpec } from '../command.ts';
import { imageView, type UsedImage } from '../pages/image-view.ts';

export const command: CommandSpec = {
  description:
    'Images that are here and verified. Machines boot them into memory and get them on their disks.',
  examples: ['rackwright image list', 'rackwright image list -o name'],
  async run({ session }) {
    const { items } = await session.api.get<{ items: UsedImage[] }>('/v1/images');
    await session.print(items, imageView);
    return 0;
  },
};
