import { z } from 'zod';
import { parseImageName } from '../model/index.ts';

/** One word that names something: nothing that a path, a shell or a boot script could misread. */
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/);

/**
 * A path below the base URL. Content ids have colons in them, so colons are allowed, but not in the first segment, where
 * they would make it another scheme; no segment climbs.
 */
export const relativePath = z
  .string()
  .max(1_024)
  .regex(/^[A-Za-z0-9._+~-]+(\/[A-Za-z0-9._+~:-]+)*$/)
  .refine((path) => !path.split('/').some((segment) => segment === '.' || segment === '..'));

export const itemFields = z.object({
  ftype: z.string(),
  path: relativePath,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().positive(),
  kpackage: word.optional(),
});

export const productFields = z
  .object({
    os: word,
    version: word,
    release: word,
    release_title: z.string().max(100).optional(),
    arch: z.enum(['amd64', 'arm64']),
    subarch: word,
    kflavor: word.default('generic'),
  })
  .refine(({ os, version }) => parseImageName(`${os}/${version}`));

/** RFC 2822, section 3.3: `Sun, 15 Nov 2026 08:01:49 +0000` → ISO 8601. Undefined when it is no date. */
export function parseDate(text: string): string | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
