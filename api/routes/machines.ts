import { z } from '@hono/zod-openapi';
import { CodedError, darkRungCauses, firstDarkRung, lastSign } from '../../model/index.ts';
import { findMachine } from '../find-machine.ts';
import { viewMachine } from '../machine-view.ts';
import { route } from '../route.ts';
import { countField, machineParams } from '../schemas/common.ts';
import { listOf } from '../schemas/answers.ts';
import {
  bootViewSchema,
  inventoryViewSchema,
  machinePageSchema,
  machineViewSchema,
} from '../schemas/machine.ts';
import { operationSchema } from '../schemas/operation.ts';
import { tellOperation } from '../story.ts';

export const listMachines = route({
  method: 'get',
  path: '/v1/machines',
  permission: 'read',
  name: 'listMachines',
  summary: 'Machines in the order of their ids, a page at a time',
  query: z.strictObject({
    after: z.string().max(80).optional().openapi({ description: '`next` of the page before' }),
    limit: countField(500).default(100),
  }),
  answer: { status: 200, description: 'A page', schema: machinePageSchema },
  async handle({ query: { after, limit } }, { store }) {
    const size = Math.max(limit, 1);
    const found = await store.machines.list({ ...(after && { after }), limit: size + 1 });
    const page = found.slice(0, size);
    const last = page.at(-1);
    return {
      items: await Promise.all(page.map((machine) => viewMachine(store, machine))),
      ...(found.length > size && last && { next: last.id }),
    };
  },
});

export const getMachine = route({
  method: 'get',
  path: '/v1/machines/{ref}',
  permission: 'read',
  name: 'getMachine',
  summary: 'One machine, what it is doing, and what may be asked of it',
  params: machineParams,
  answer: { status: 200, description: 'The machine', schema: machineViewSchema },
  async handle({ params }, parts) {
    const view = await viewMachine(parts.store, await findMachine(parts.store, params.ref));
    return view.operation ? { ...view, operation: await tellOperation(parts, view.operation) } : view;
  },
});

export const getInventory = route({
  method: 'get',
  path: '/v1/machines/{ref}/inventory',
  permission: 'read',
  name: 'getInventory',
  summary: 'What commissioning found, newest document',
  params: machineParams,
  answer: { status: 200, description: 'The document and when it was made', schema: inventoryViewSchema },
  async handle({ params }, { store }) {
    const machine = await findMachine(store, params.ref);
    const found = await store.inventories.latest(machine.id);
    if (!found) throw new CodedError('NOT_FOUND', `${machine.name} was not commissioned yet`);
    return found;
  },
});

export const listOperations = route({
  method: 'get',
  path: '/v1/machines/{ref}/operations',
  permission: 'read',
  name: 'listOperations',
  summary: 'Operations of a machine, newest first',
  params: machineParams,
  query: z.strictObject({ limit: countField(200).default(20) }),
  answer: { status: 200, description: 'Operations with their steps', schema: listOf(operationSchema) },
  async handle({ params, query }, { store }) {
    const machine = await findMachine(store, params.ref);
    return { items: await store.operations.ofMachine(machine.id, Math.max(query.limit, 1)) };
  },
});

export const getBoot = route({
  method: 'get',
  path: '/v1/machines/{ref}/boot',
  permission: 'read',
  name: 'getBoot',
  summary: 'The latest network boot: signs of life, the first that is missing, and its usual causes',
  params: machineParams,
  answer: { status: 200, description: 'The evidence', schema: bootViewSchema },
  async handle({ params }, { store }) {
    const machine = await findMachine(store, params.ref);
    const found = await store.boots.latestOfMachine(machine.id);
    if (!found) throw new CodedError('NOT_FOUND', `${machine.name} was not booted over the network yet`);
    // Not even the digest of a token leaves the service.
    const { tokenHash: _tokenHash, ...boot } = found;
    const dark = firstDarkRung(boot);
    const last = lastSign(boot);
    return {
      boot,
      ...(last && { lastSign: last }),
      ...(dark && { firstDarkRung: dark }),
      causes: dark ? darkRungCauses[dark] : [],
    };
  },
});
