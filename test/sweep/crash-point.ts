import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** When in the life of an activity the blow falls. */
export const moments = ['before', 'during', 'after'] as const;
export type Moment = (typeof moments)[number];

/** Which activity of which operation: `deploy`, the third that it schedules. */
export interface CrashPoint {
  readonly kind: string;
  readonly activityId: string;
  readonly activity: string;
  readonly moment: Moment;
}

/** A point, and who is hit there: the worker that came to it, or something else while the worker stands still. */
export interface Mine extends CrashPoint {
  readonly hits: 'worker' | 'another';
}

const struckName = (file: string): string => `${file}.struck`;
const landedName = (file: string): string => `${file}.landed`;
const LOOK_MS = 20;
/** A worker does not stand still for ever, also when nobody tells it that the blow has fallen. */
const STAND_STILL_MS = 20_000;

/** Lays the mine. A worker that comes to that point takes it with it, so that it goes off once. */
export function arm(file: string, mine: Mine): void {
  for (const left of [struckName(file), landedName(file)]) rmSync(left, { force: true });
  writeFileSync(`${file}.new`, JSON.stringify(mine));
  renameSync(`${file}.new`, file);
}

export function disarm(file: string): void {
  rmSync(file, { force: true });
}

/** The mine that lies there now. */
export function armed(file: string): Mine | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Mine;
  } catch {
    return undefined;
  }
}

/** @returns false when somebody else took it. */
export function take(file: string): boolean {
  try {
    renameSync(file, struckName(file));
    return true;
  } catch {
    return false;
  }
}

/** Resolves when a worker has come to the point; false when the signal ended the waiting. */
export async function untilStruck(file: string, signal: AbortSignal): Promise<boolean> {
  while (!existsSync(struckName(file))) {
    if (signal.aborted) return false;
    await delay(LOOK_MS);
  }
  return true;
}

/** Lets the worker that stands still at the point go on. */
export function tellLanded(file: string): void {
  writeFileSync(landedName(file), '');
}

export async function untilLanded(file: string): Promise<void> {
  const deadline = Date.now() + STAND_STILL_MS;
  while (!existsSync(landedName(file)) && Date.now() < deadline) await delay(LOOK_MS);
}
