import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** When in the life of an activity its worker is killed. */
export const moments = ['before', 'during', 'after'] as const;
export type Moment = (typeof moments)[number];

/** Which activity of which operation: `deploy`, the third that it schedules. */
export interface CrashPoint {
  readonly kind: string;
  readonly activityId: string;
  readonly activity: string;
  readonly moment: Moment;
}

/** Lays the mine. A worker that comes to that point takes it with it, so that it goes off once. */
export function arm(file: string, point: CrashPoint): void {
  writeFileSync(`${file}.new`, JSON.stringify(point));
  renameSync(`${file}.new`, file);
}

/** The mine that lies there now. */
export function armed(file: string): CrashPoint | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CrashPoint;
  } catch {
    return undefined;
  }
}

/** @returns false when somebody else took it. */
export function take(file: string): boolean {
  try {
    renameSync(file, `${file}.struck`);
    return true;
  } catch {
    return false;
  }
}
