/** Object ids of PostgreSQL's types (pg_type.dat). Both drivers read these two alike. */
export const bigintOid = 20;
export const timestampOid = 1184;

/** Versions, cursors and offsets: all far below 2^53. */
export function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TypeError(`not a safe integer: ${text}`);
  return value;
}

/** `2026-11-22 14:00:00.123+00` → `2026-11-22T14:00:00.123Z` */
export function parseTimestamp(text: string): string {
  return new Date(text).toISOString();
}
