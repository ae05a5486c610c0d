import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { ActivityDependencies } from './deps.ts';
import type { ImageActivities } from './types.ts';

export function imageActivities({ syncStream, store }: ActivityDependencies): ImageActivities {
  return {
    async syncStream(request) {
      let line = '';
      const beat = setInterval(() => heartbeat({ line }), 5_000);
      try {
        const answer = await syncStream(request, {
          signal: cancellationSignal(),
          onProgress: (said) => {
            line = said;
          },
        });
        await store.events.append({
          at: new Date().toISOString(),
          kind: 'image.synced',
          message: `Here and verified: ${answer.images.map(({ name, serial }) => `${name} (${serial})`).join(', ')}`,
        });
        return answer;
      } finally {
        clearInterval(beat);
      }
    },
  };
}
