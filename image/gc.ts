import { filesOf, type GcAnswer, type GcRequest, type Image, newestFirst } from '../model/index.ts';
import type { ImageStore, UsedImage } from '../store/index.ts';
import type { FileStore } from './files.ts';

export interface GcOptions {
  readonly files: FileStore;
  readonly store: ImageStore;
  readonly now: () => Date;
}

/** A sync fetches the files of an image before it writes the record, and touches them right before: an hour is plenty. */
const graceMs = 3_600_000;
/** What a broken fetch or a refused import left may be gone on with for so long. */
const leftoversMs = 24 * 3_600_000;

/**
 * Forgets images that newer ones replaced, then takes away every file that nothing needs. What is needed is decided twice,
 * each time in one transaction: when records go, and again when files go, because a deployment may have started between.
 */
export async function collectImages(request: GcRequest, { files, store, now }: GcOptions): Promise<GcAnswer> {
  const at = now();
  let old: readonly Image[] = [];
  let rest: readonly Image[] = [];
  await store.forget(at, (images) => {
    old = outdated(images, request.keep, at);
    rest = images.map(({ image }) => image).filter((image) => !old.includes(image));
    return request.plan ? [] : old;
  });
  const gone = await store.sweep(at, async (needed) => {
    if (needed === undefined) return undefined;
    const stays = new Set(rest.flatMap(filesOf).map(({ sha256 }) => sha256));
    const goes = new Set(
      old
        .flatMap(filesOf)
        .map(({ sha256 }) => sha256)
        .filter((sha256) => !stays.has(sha256)),
    );
    return files.sweep({
      // While it is only a plan, the records that would go still stand.
      needed: request.plan ? new Set([...needed].filter((sha256) => !goes.has(sha256))) : needed,
      olderThan: new Date(at.getTime() - graceMs),
      leftoversOlderThan: new Date(at.getTime() - leftoversMs),
      plan: request.plan,
    });
  });
  return {
    images: old.map(({ name, arch, kernel, serial }) => ({ name, arch, kernel, serial })),
    files: gone ?? [],
    bytes: (gone ?? []).reduce((sum, { size }) => sum + size, 0),
    ...(gone === undefined && { waits: 'a deployment is choosing its image; the files go next time' }),
  };
}

/** All but the newest `keep` serials of each image, without those that somebody needs or that were newest a moment ago. */
export function outdated(images: readonly UsedImage[], keep: number, at: Date): readonly Image[] {
  const groups = Map.groupBy(images, ({ image }) =>
    [image.name, image.arch, image.kernel, image.flavour].join(' '),
  );
  return [...groups.values()].flatMap((group) =>
    group
      .toSorted((a, b) => newestFirst(a.image, b.image))
      .filter(({ usedBy }, index, sorted) => {
        const newer = sorted[index - 1]?.image;
        if (!newer || index < keep || usedBy.length > 0) return false;
        // A boot or a plan that was made of it right before may still be on its way.
        return Date.parse(newer.syncedAt) <= at.getTime() - graceMs;
      })
      .map(({ image }) => image),
  );
}
