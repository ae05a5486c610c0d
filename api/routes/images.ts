import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import {
  CodedError,
  type Image,
  imageReference,
  type ImportRequest,
  parseImageName,
  type SyncRequest,
} from '../../model/index.ts';
import { CONTROL_QUEUE } from '../../workflows/messages.ts';
import { imageTask } from '../image-task.ts';
import { invalid } from '../invalid.ts';
import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import {
  gcAnswerSchema,
  gcRequestSchema,
  imageParams,
  imageSchema,
  imageTaskParams,
  imageTaskSchema,
  importRequestSchema,
  removeImageQuery,
  syncRequestSchema,
  uploadQuery,
  usedImageSchema,
} from '../schemas/images.ts';
import { withTemporal } from '../temporal.ts';

export const listImages = route({
  method: 'get',
  path: '/v1/images',
  permission: 'read',
  name: 'listImages',
  summary: 'Images that are here, verified, and who needs them',
  answer: { status: 200, description: 'Images', schema: listOf(usedImageSchema) },
  async handle(_call, { store, now = () => new Date() }) {
    const used = await store.images.listUsed(now());
    return { items: used.map(({ image, usedBy }) => ({ ...image, usedBy })) };
  },
});

const atWork = {
  status: 202,
  description: 'At work',
  schema: z.object({ id: z.string() }),
} as const;

export const syncImages = route({
  method: 'post',
  path: '/v1/images/sync',
  permission: 'configure',
  name: 'syncImages',
  summary: 'Fetch images from a signed stream. One that is at work for the same images is joined',
  body: syncRequestSchema,
  answer: atWork,
  async handle({ body }, { temporal }) {
    const { url, os, release, version, arch, kernel } = body;
    const id = shortId([url, os, release, version, arch, kernel]);
    await withTemporal(temporal, (client) =>
      client.workflow.start('syncImages', {
        taskQueue: CONTROL_QUEUE,
        workflowId: `image-sync/${id}`,
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [body as SyncRequest],
      }),
    );
    return { id };
  },
});

export const getSync = route({
  method: 'get',
  path: '/v1/images/sync/{id}',
  permission: 'read',
  name: 'getImageSync',
  summary: 'How far a fetch is',
  params: imageTaskParams,
  answer: { status: 200, description: 'Its state', schema: imageTaskSchema },
  handle: ({ params }, parts) => imageTask(parts, 'image-sync', params.id),
});

/** A disk image of the largest size that an import takes, and nothing beyond it. */
const maxUploadBytes = 256 * 2 ** 30;
/** A sender that says nothing for so long has gone. */
const silenceMs = 60_000;

export const uploadImage = route({
  method: 'post',
  path: '/v1/images/uploads',
  permission: 'configure',
  name: 'uploadImage',
  summary: 'Send the file of an image, to import it afterwards. It is kept for a day',
  query: uploadQuery,
  isUpload: true,
  answer: {
    status: 200,
    description: 'What came',
    schema: z.object({ sha256: z.string(), size: z.int() }),
  },
  async handle({ query, context }, { receiveImage }) {
    if (!receiveImage) throw new CodedError('NOT_FOUND', 'this service keeps no files of images');
    const announced = context.req.header('content-length') ?? '';
    if (!/^[1-9]\d{0,15}$/.test(announced)) throw invalid('content-length', 'say how many bytes will come');
    const size = Number(announced);
    if (size > maxUploadBytes) throw invalid('content-length', `must not exceed ${maxUploadBytes}`);
    const body = context.req.raw.body;
    if (!body) throw invalid('content-length', 'no bytes came');
    return receiveImage({
      chunks: unlessSilent(body),
      size,
      ...(query.sha256 !== undefined && { sha256: query.sha256 }),
    });
  },
});

export const importImage = route({
  method: 'post',
  path: '/v1/images/import',
  permission: 'configure',
  name: 'importImage',
  summary: "Make an image of an operator's own file",
  body: importRequestSchema,
  answer: atWork,
  async handle({ body }, { store, temporal, now = () => new Date() }) {
    const { unsigned: _unsigned, ...rest } = body;
    const serial = body.serial ?? timeSerial(now());
    const request = {
      ...rest,
      serial,
      ...(body.kind === 'root' && { kernelPackage: body.kernelPackage ?? usualKernel(body.name, body.arch) }),
    } as ImportRequest;
    const taken = (await store.images.list()).find(
      (image) => image.name === body.name && image.arch === body.arch && !isLike(image, request),
    );
    if (taken) {
      throw invalid(
        'name',
        `${body.name} is the name of a ${taken.kind} image from ${taken.stream}; choose another`,
      );
    }
    // The same file for the same name is the same import, so a request whose answer was lost may be sent again.
    const id = shortId([body.name, body.arch, body.source.sha256, body.serial]);
    await withTemporal(temporal, (client) =>
      client.workflow.start('importImage', {
        taskQueue: CONTROL_QUEUE,
        workflowId: `image-import/${id}`,
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [request],
      }),
    );
    return { id };
  },
});

export const getImport = route({
  method: 'get',
  path: '/v1/images/import/{id}',
  permission: 'read',
  name: 'getImageImport',
  summary: 'How far an import is',
  params: imageTaskParams,
  answer: { status: 200, description: 'Its state', schema: imageTaskSchema },
  handle: ({ params }, parts) => imageTask(parts, 'image-import', params.id),
});

export const collectImages = route({
  method: 'post',
  path: '/v1/images/gc',
  permission: 'configure',
  name: 'collectImages',
  summary: 'Take away old images that nobody needs, and files that belong to none',
  body: gcRequestSchema,
  answer: { status: 200, description: 'What went, or would go', schema: gcAnswerSchema },
  handle: ({ body }, { temporal }) =>
    withTemporal(
      temporal,
      (client) =>
        client.workflow.execute('collectImages', {
          taskQueue: CONTROL_QUEUE,
          workflowId: body.plan ? `image-gc/plan/${crypto.randomUUID()}` : 'image-gc',
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowExecutionTimeout: '5m',
          args: [body],
        }) as Promise<unknown>,
      65_000,
    ),
});

export const removeImage = route({
  method: 'delete',
  path: '/v1/images/{os}/{version}',
  permission: 'configure',
  name: 'removeImage',
  summary: 'Forget an image, or one serial of it, that nobody needs. The next gc takes its files away',
  params: imageParams,
  query: removeImageQuery,
  answer: { status: 200, description: 'What was forgotten', schema: listOf(imageSchema) },
  async handle({ params, query }, { store, now = () => new Date() }) {
    const name = `${params.os}/${params.version}`;
    if (!parseImageName(name)) throw invalid('name', 'is no image name such as debian/12');
    const items = await store.images.forget(now(), (images) => {
      const meant = images.filter(
        ({ image }) =>
          image.name === name &&
          (query.serial === undefined || image.serial === query.serial) &&
          (query.arch === undefined || image.arch === query.arch),
      );
      if (meant.length === 0) {
        const which = query.serial === undefined ? name : `${name}@${query.serial}`;
        throw new CodedError('IMAGE_NOT_FOUND', `there is no image ${which}`);
      }
      const used = meant.find(({ usedBy }) => usedBy.length > 0);
      if (used) {
        const { image, usedBy } = used;
        const others = usedBy.length > 3 ? ` and ${usedBy.length - 3} others` : '';
        throw new CodedError(
          'IMAGE_IN_USE',
          `${imageReference(image)} is needed by ${usedBy.slice(0, 3).join(', ')}${others}`,
          { image: imageReference(image), usedBy: usedBy.length },
        );
      }
      return meant.map(({ image }) => image);
    });
    await store.events.append({
      at: now().toISOString(),
      kind: 'image.removed',
      message: `Forgotten: ${items.map(imageReference).join(', ')}`,
    });
    return { items };
  },
});

function isLike(image: Image, request: ImportRequest): boolean {
  return image.kind === request.kind && image.stream === 'import';
}

function shortId(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/** `20261122.181530`: newer imports sort after older ones, and among the serials of streams. */
function timeSerial(now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  return `${date.replaceAll('-', '')}.${time.slice(0, 8).replaceAll(':', '')}`;
}

/** The package that pulls the newest kernel in; another system has to say which one is its. */
function usualKernel(name: string, arch: string): string {
  const os = parseImageName(name)?.os;
  if (os === 'debian') return `linux-image-${arch}`;
  if (os === 'ubuntu') return 'linux-generic';
  throw invalid('kernelPackage', `say which package brings the kernel of ${name}`);
}

async function* unlessSilent(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { promise: silence, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => reject(new CodedError('REQUEST_INVALID', `nothing came for ${silenceMs / 1000} s`)),
        silenceMs,
      );
      const { done, value } = await Promise.race([reader.read(), silence]).finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof CodedError) throw error;
    // The connection broke: nobody hears the answer, but it must not look like a fault of ours.
    throw new CodedError('REQUEST_INVALID', 'the bytes stopped in the middle', {}, error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
