import type { ImageProgress } from '../model/index.ts';

export type OnProgress = (progress: ImageProgress) => void;

interface Total {
  readonly stage: string;
  readonly totalBytes?: number;
  readonly totalFiles?: number;
}

export interface Meter {
  /** `bytes` of the piece of work that is at work now, from its beginning. */
  at(path: string, bytes: number): void;
  /** A piece is done; the next one counts from zero. */
  done(path: string, bytes: number): void;
}

/** The rate is of the last seconds: what a mirror did an hour ago says nothing about when it will be done. */
const windowMs = 10_000;

/** Adds up pieces of work to bytes, files, rate and time left. */
export function createMeter(
  total: Total,
  report: OnProgress | undefined,
  now = () => performance.now(),
): Meter {
  let doneBytes = 0;
  let doneFiles = 0;
  const marks: { at: number; bytes: number }[] = [{ at: now(), bytes: 0 }];
  const tell = (path: string, bytes: number): void => {
    const at = now();
    marks.push({ at, bytes });
    // The oldest mark is the last one from before the window, so that a quiet start still has a rate.
    while (marks.length > 2 && (marks[1] as { at: number }).at <= at - windowMs) marks.shift();
    // Many small chunks would make the window a long list.
    if (marks.length > 200) marks.splice(1, 1);
    const [first] = marks as [{ at: number; bytes: number }];
    const bytesPerSecond = at > first.at ? Math.round(((bytes - first.bytes) / (at - first.at)) * 1000) : 0;
    const { stage, totalBytes, totalFiles } = total;
    report?.({
      stage,
      path,
      bytes,
      ...(totalBytes !== undefined && { totalBytes }),
      ...(totalFiles !== undefined && { files: doneFiles, totalFiles }),
      bytesPerSecond,
      ...(totalBytes !== undefined &&
        bytesPerSecond > 0 && { secondsLeft: Math.max(0, Math.ceil((totalBytes - bytes) / bytesPerSecond)) }),
    });
  };
  return {
    at: (path, bytes) => tell(path, doneBytes + bytes),
    done(path, bytes) {
      doneBytes += bytes;
      doneFiles += 1;
      tell(path, doneBytes);
    },
  };
}
