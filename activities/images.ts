import { cancellationSignal, Context, heartbeat } from '@temporalio/activity';
import { collectImages, importImage, type OnProgress, readKeyring, syncStream } from '../image/index.ts';
import { imageReference, type ImageProgress } from '../model/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { ImageActivities } from './types.ts';

/** Long work is alive while it says so; how far it is stands in the store, where the API reads it. */
const beatMs = 5_000;
const noteMs = 1_000;

export function imageActivities({ imageFiles, store }: ActivityDependencies): ImageActivities {
  const note = (kind: string, message: string) =>
    store.events.append({ at: new Date().toISOString(), kind, message });
  const withProgress = async <Result>(work: (onProgress: OnProgress) => Promise<Result>): Promise<Result> => {
    const id = Context.current().info.workflowExecution?.workflowId ?? '';
    // What an earlier run of the same task noted is over.
    let latest: ImageProgress = { stage: 'begin', path: '', bytes: 0, bytesPerSecond: 0 };
    let noted: ImageProgress | undefined;
    const beat = setInterval(() => heartbeat(), beatMs);
    const notes = setInterval(() => {
      if (latest === noted) return;
      noted = latest;
      // One that is lost is followed by the next; the work goes on without the database.
      store.images.noteProgress(id, latest, new Date()).catch(() => undefined);
    }, noteMs);
    try {
      return await work((progress) => {
        latest = progress;
      });
    } finally {
      clearInterval(beat);
      clearInterval(notes);
      await store.images.noteProgress(id, latest, new Date()).catch(() => undefined);
    }
  };

  return {
    syncStream: ({ url, keyring, os, release, version, arch, kernel }) =>
      withProgress(async (onProgress) => {
        const { images } = await syncStream({
          url,
          keyring: await readKeyring(Buffer.from(keyring)),
          files: imageFiles,
          store: store.images,
          filters: {
            arch: [arch].flat(),
            ...(os !== undefined && { os: [os].flat() }),
            ...((release ?? version) !== undefined && {
              release: [release ?? [], version ?? []].flat(),
            }),
            ...(kernel !== undefined && { kernel: [kernel].flat() }),
          },
          onProgress,
          signal: cancellationSignal(),
          now: () => new Date(),
        });
        const names = images.map(({ name, serial }) => `${name} (${serial})`).join(', ');
        await note('image.synced', `Here and verified: ${names}`);
        return { images };
      }),

    importImage: (request) =>
      withProgress(async (onProgress) => {
        const image = await importImage(request, {
          files: imageFiles,
          store: store.images,
          onProgress,
          signal: cancellationSignal(),
          now: () => new Date(),
        });
        await note(
          'image.imported',
          `Imported: ${imageReference(image)} (${image.kind}), ${image.signedBy ? `signed by ${image.signedBy}` : 'unsigned'}`,
        );
        return { images: [image] };
      }),

    async collectImages(request) {
      const answer = await collectImages(request, {
        files: imageFiles,
        store: store.images,
        now: () => new Date(),
      });
      if (!request.plan && answer.images.length + answer.files.length > 0) {
        await note(
          'image.collected',
          `Taken away: ${answer.images.map(imageReference).join(', ') || 'no image'}; ${answer.files.length} files, ${answer.bytes} bytes.`,
        );
      }
      return answer;
    },
  };
}
