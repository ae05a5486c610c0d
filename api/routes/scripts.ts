import { z } from '@hono/zod-openapi';
import { CodedError, type Script } from '../../model/index.ts';
import { findMachine, shown } from '../find-machine.ts';
import { invalid } from '../invalid.ts';
import { type RouteParts, scriptsOf } from '../parts.ts';
import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import { countField, machineParams } from '../schemas/common.ts';
import {
  scriptParams,
  scriptRequestSchema,
  scriptResultSchema,
  scriptSchema,
  scriptTextSchema,
} from '../schemas/script.ts';

/** Scripts of the operators, beside the tests that are shipped; and what became of their runs. */

interface Known {
  readonly script: Script;
  readonly addedAt?: string;
}

export const listScripts = route({
  method: 'get',
  path: '/v1/scripts',
  permission: 'read',
  name: 'listScripts',
  summary: 'Scripts and tests by name: those that are shipped, then those that were added',
  answer: { status: 200, description: 'What their headers say', schema: listOf(scriptSchema) },
  async handle(_call, parts) {
    const shipped = scriptsOf(parts).shipped.map((script): Known => ({ script }));
    return { items: [...shipped, ...(await parts.store.scripts.list())].map(view) };
  },
});

export const getScript = route({
  method: 'get',
  path: '/v1/scripts/{name}',
  permission: 'read',
  name: 'getScript',
  summary: 'One script with its text',
  params: scriptParams,
  answer: { status: 200, description: 'The script', schema: scriptTextSchema },
  async handle({ params: { name } }, parts) {
    const found: Known | undefined = shippedOne(parts, name) ?? (await parts.store.scripts.find(name));
    if (found) return { ...view(found), content: found.script.content };
    throw notFound(name);
  },
});

export const addScript = route({
  method: 'post',
  path: '/v1/scripts',
  permission: 'configure',
  name: 'addScript',
  summary: 'Add a script, or a new version of one. What runs already goes on with the version it began with',
  body: scriptRequestSchema,
  answer: { status: 200, description: 'What its header says', schema: scriptSchema },
  async handle({ body }, parts) {
    const script = scriptsOf(parts).read(body.content, body.name);
    const { name } = script.metadata;
    if (shippedOne(parts, name)) throw invalid('metadata.name', `${name} is a test that is shipped`);
    await parts.store.scripts.put(script, new Date());
    return view((await parts.store.scripts.find(name)) ?? { script });
  },
});

export const removeScript = route({
  method: 'delete',
  path: '/v1/scripts/{name}',
  permission: 'configure',
  name: 'removeScript',
  summary: 'Remove a script. What ran keeps its results, and what runs goes on',
  params: scriptParams,
  answer: { status: 200, description: 'Removed', schema: z.object({ name: z.string() }) },
  async handle({ params: { name } }, parts) {
    if (shippedOne(parts, name)) throw invalid('name', `${name} is shipped and cannot be removed`);
    if (await parts.store.scripts.remove(name)) return { name };
    throw notFound(name);
  },
});

export const listResults = route({
  method: 'get',
  path: '/v1/machines/{ref}/results',
  permission: 'read',
  name: 'listResults',
  summary: 'What became of the scripts and tests that ran on it, newest first',
  params: machineParams,
  query: z.strictObject({
    operation: z.string().max(200).optional().openapi({ description: 'Only of this operation' }),
    limit: countField(1000).default(200),
  }),
  answer: { status: 200, description: 'One a run', schema: listOf(scriptResultSchema) },
  async handle({ params, query: { operation, limit } }, { store }) {
    const machine = await findMachine(store, params.ref);
    const options = { limit: Math.max(limit, 1), ...(operation !== undefined && { operationId: operation }) };
    return { items: await store.scripts.results(machine.id, options) };
  },
});

function shippedOne(parts: RouteParts, name: string): Known | undefined {
  const script = scriptsOf(parts).shipped.find(({ metadata }) => metadata.name === name);
  return script && { script };
}

function view({ script: { sha256, metadata }, addedAt }: Known) {
  return { sha256, metadata, shipped: addedAt === undefined, ...(addedAt !== undefined && { addedAt }) };
}

function notFound(name: string): CodedError {
  return new CodedError('SCRIPT_NOT_FOUND', `there is no script ${shown(name)}`);
}
