import { z } from 'zod';

/**
 * Where downloads come from on a site without a way out: `https://download.example/a/b` is then fetched from
 * `<mirror>/download.example/a/b`. Every layer that downloads has this parameter, and none goes around it.
 */
export const mirrorParameter = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .regex(/^[!-~]*[^/]$/, 'ends with a slash, or has characters that no URL has')
  .optional();

export function mirrored(url: string, mirror: string | undefined): string {
  if (mirror === undefined) return url;
  const { host, pathname, search } = new URL(url);
  return `${mirror}/${host}${pathname}${search}`;
}
