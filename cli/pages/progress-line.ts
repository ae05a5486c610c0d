import type { ImageProgress } from '../../model/index.ts';
import { bytes, clean, duration } from '../text.ts';

/** `fetch noble/amd64/squashfs  412 MiB of 1.2 GiB (33 %)  file 3 of 7  41 MiB/s  20s left` */
export function progressLine(progress: ImageProgress): string {
  const { stage, path, totalBytes, totalFiles, files = 0, bytesPerSecond, secondsLeft } = progress;
  if (stage === 'begin') return 'Looking what there is …';
  const amount =
    totalBytes === undefined
      ? bytes(progress.bytes)
      : `${bytes(progress.bytes)} of ${bytes(totalBytes)} (${percent(progress.bytes, totalBytes)} %)`;
  return [
    `${clean(stage)} ${clean(path)}`,
    amount,
    ...(totalFiles === undefined ? [] : [`file ${Math.min(files + 1, totalFiles)} of ${totalFiles}`]),
    ...(bytesPerSecond > 0 ? [`${bytes(bytesPerSecond)}/s`] : []),
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft * 1000)} left`]),
  ].join('  ');
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.min(100, Math.floor((part / whole) * 100));
}
