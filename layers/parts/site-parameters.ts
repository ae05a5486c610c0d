import { z } from 'zod';

/** Of layers that serve over HTTPS. */
export const hostname = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    'is no host name in lower case',
  );

/** No `..`, nothing that a shell or a program reads in its own way, and no folder of the system itself. */
export const plainPath = z
  .string()
  .max(200)
  .regex(
    /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$/,
    'is no absolute path of plain letters, two folders deep or more',
  );
