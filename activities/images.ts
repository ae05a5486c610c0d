import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { readKeyring, syncStream } from '../image/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { ImageActivities } from './types.ts';

export function imageActivities({ imageFiles, store }: ActivityDependencies): ImageActivities {
  return {
    async syncStream({ url, keyring, os, version, arch }) {
      let progress = {};
      const beat = setInterval(() => heartbeat(progress), 5_000);
      try {
        const { images } = await syncStream({
          url,
          keyring: await readKeyring(Buffer.from(keyring)),
          files: imageFiles,
          store: store.images,
          filters: { arch: [arch], ...(os && { os: [os] }), ...(version && { release: [version] }) },
          onProgress: (now) => {
            progress = now;
          },
          signal: cancellationSignal(),
          now: () => new Date(),
        });
        const names = images.map(({ name, serial }) => `${name} (${serial})`).join(', ');
        await store.events.append({
          at: new Date().toISOString(),
          kind: 'image.synced',
          message: `Here and verified: ${names}`,
        });
        return { images };
      } finally {
        clearInterval(beat);
      }
    },
  };
}
