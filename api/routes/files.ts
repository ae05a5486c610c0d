import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { CodedError } from '../../model/index.ts';
import { route } from '../route.ts';

/** For racks that share no disk with the workers. The hash becomes a file name only after it is one. */
export const getFile = route({
  method: 'get',
  path: '/v1/files/{sha256}',
  permission: 'read',
  name: 'getFile',
  summary: 'A file of an image, by its SHA-256; one range of it where `Range: bytes=N-` asks for it',
  params: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256') }),
  answer: { status: 200, description: 'Its bytes', schema: z.unknown() },
  async handle({ params, context }, { imagePath }) {
    const path = imagePath?.(params.sha256);
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (path === undefined || !found?.isFile()) {
      throw new CodedError('NOT_FOUND', `there is no file ${params.sha256} here`);
    }
    const { size } = found;
    const from = Number(/^bytes=(\d{1,15})-$/.exec(context.req.header('range') ?? '')?.[1] ?? Number.NaN);
    const common = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
    // RFC 9110, 15.5.17: nothing is left of it from there.
    if (from >= size) {
      return new Response(null, { status: 416, headers: { ...common, 'content-range': `bytes */${size}` } });
    }
    const isPart = !Number.isNaN(from);
    const first = isPart ? from : 0;
    const bytes = size === 0 ? null : createReadStream(path, { start: first, highWaterMark: 1 << 20 });
    return new Response(bytes && (Readable.toWeb(bytes) as ReadableStream), {
      status: isPart ? 206 : 200,
      headers: {
        ...common,
        'content-length': String(size - first),
        ...(isPart && { 'content-range': `bytes ${first}-${size - 1}/${size}` }),
      },
    });
  },
});
