import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { CodedError, type LayerPlanAnswer, secretKeeper } from '../../model/index.ts';
import {
  applyLayerUpdate,
  CONTROL_QUEUE,
  layingQuery,
  layingWorkflowId,
  removeLayerUpdate,
} from '../../workflows/messages.ts';
import { ask } from '../ask.ts';
import { defined } from '../defined.ts';
import { findMachine } from '../find-machine.ts';
import { demandLayer, keepSecrets, placesOf } from '../layers.ts';
import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import { machineParams } from '../schemas/common.ts';
import {
  layerApplySchema,
  layerParams,
  layerPlanRequestSchema,
  layerPlanSchema,
  layerSchema,
  layingRequestSchema,
  layingSchema,
} from '../schemas/layers.ts';
import { accepted } from '../schemas/operation.ts';
import { withTemporal } from '../temporal.ts';

export const listLayers = route({
  method: 'get',
  path: '/v1/layers',
  permission: 'read',
  name: 'listLayers',
  summary: 'What can be laid on a deployed machine',
  answer: { status: 200, description: 'Layers', schema: listOf(layerSchema) },
  handle: async (_call, { catalogue }) => ({ items: catalogue.layers }),
});

export const getLayer = route({
  method: 'get',
  path: '/v1/layers/{layer}',
  permission: 'read',
  name: 'getLayer',
  summary: 'One layer, with its parameters, roles and secrets',
  params: layerParams,
  answer: { status: 200, description: 'The layer', schema: layerSchema },
  handle: async ({ params }, parts) => demandLayer(parts, params.layer),
});

/** The workflow gives up after 60 s; nobody waits for a plan longer than that. */
const planWithin = '60s';

export const planLayer = route({
  method: 'post',
  path: '/v1/machines/{ref}/layers/plan',
  permission: 'operate',
  name: 'planLayer',
  summary: 'What would laying it do? Touches nothing; its digest can be given to apply',
  params: machineParams,
  body: layerPlanRequestSchema,
  answer: { status: 200, description: 'The plan for people, and its digest', schema: layerPlanSchema },
  async handle({ params, body }, parts) {
    demandLayer(parts, body.layer);
    const machine = await findMachine(parts.store, params.ref);
    const { layer, parameters, role, members } = body;
    const request = {
      layer,
      parameters,
      ...(role !== undefined && { role }),
      ...(members && { members: await placesOf(parts.store, members) }),
    };
    return withTemporal(
      parts.temporal,
      (client) =>
        client.workflow.execute('planLayers', {
          taskQueue: CONTROL_QUEUE,
          workflowId: `plan-layers/${machine.id}/${randomUUID()}`,
          workflowExecutionTimeout: planWithin,
          args: [{ machineId: machine.id, requests: [request] }],
        }) as Promise<LayerPlanAnswer>,
      65_000,
    );
  },
});

export const applyLayer = route({
  method: 'post',
  path: '/v1/machines/{ref}/layers',
  permission: 'operate',
  name: 'applyLayer',
  summary: 'Lay a system on a deployed machine, or use one that is laid',
  params: machineParams,
  body: layerApplySchema,
  answer: accepted,
  async handle({ params, body }, parts) {
    const layer = demandLayer(parts, body.layer);
    const { secrets, ...request } = body;
    const machine = await findMachine(parts.store, params.ref);
    const laid = machine.layers.find(({ name }) => name === layer.name);
    if (request.only === 'verify') {
      if (!laid) throw new CodedError('LAYER_NOT_LAID', `${machine.name} has no layer ${layer.name}`);
      // As it was laid: what is asked beside is not what is there.
      const { parameters = {}, role, members } = laid;
      const as = { parameters, ...(role !== undefined && { role }), ...(members && { members }) };
      return ask(parts, params.ref, applyLayerUpdate, { layer: layer.name, only: 'verify', ...as });
    }
    await keepSecrets(parts, layer, machine.id, secrets);
    return ask(parts, params.ref, applyLayerUpdate, defined(request));
  },
});

export const removeLayer = route({
  method: 'delete',
  path: '/v1/machines/{ref}/layers/{layer}',
  permission: 'operate',
  name: 'removeLayer',
  summary: 'Take a layer off again',
  params: machineParams.extend({ layer: z.string().min(1).max(40) }),
  answer: accepted,
  handle({ params }, parts) {
    demandLayer(parts, params.layer);
    const request = { layer: params.layer, parameters: {} };
    return ask(parts, params.ref, removeLayerUpdate, request);
  },
});

export const layOnMachines = route({
  method: 'post',
  path: '/v1/layers/{layer}/lay',
  permission: 'operate',
  name: 'layOnMachines',
  summary: 'Lay it on several machines, in the order of its roles and within a limit',
  params: layerParams,
  body: layingRequestSchema,
  answer: { status: 202, description: 'At work', schema: z.object({ id: z.string() }) },
  async handle({ params, body }, parts) {
    const layer = demandLayer(parts, params.layer);
    const places = await placesOf(parts.store, body.machines);
    const keeper = secretKeeper(layer.roles, places);
    if (keeper) await keepSecrets(parts, layer, keeper.machineId, body.secrets);
    const id = randomUUID();
    const verifier = layer.roles.find(({ verifies }) => verifies)?.name;
    await withTemporal(parts.temporal, (client) =>
      client.workflow.start('applyLayers', {
        taskQueue: CONTROL_QUEUE,
        workflowId: layingWorkflowId(id),
        args: [
          {
            layer: layer.name,
            parameters: body.parameters,
            places,
            roles: layer.roles.map(({ name }) => name),
            ...(verifier !== undefined && { verifier }),
            limit: body.limit,
          },
        ],
      }),
    );
    return { id };
  },
});

export const getLaying = route({
  method: 'get',
  path: '/v1/layings/{id}',
  permission: 'read',
  name: 'getLaying',
  summary: 'How far the laying on several machines is',
  params: z.strictObject({ id: z.uuid() }),
  answer: { status: 200, description: 'Its state', schema: layingSchema },
  handle: ({ params }, { temporal }) =>
    withTemporal(temporal, (client) =>
      client.workflow.getHandle(layingWorkflowId(params.id)).query(layingQuery),
    ),
});
