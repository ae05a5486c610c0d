import { z } from '@hono/zod-openapi';
import { CodedError, type NetworkRequest } from '../../model/index.ts';
import {
  applyLayerUpdate,
  commissionUpdate,
  deployUpdate,
  powerUpdate,
  releaseUpdate,
  removeLayerUpdate,
} from '../../workflows/messages.ts';
import { ask } from '../ask.ts';
import { defined } from '../defined.ts';
import { demandDeployable } from '../demand-deployable.ts';
import { findMachine } from '../find-machine.ts';
import type { Parts } from '../parts.ts';
import { route } from '../route.ts';
import { machineParams } from '../schemas/common.ts';
import { releaseRequestSchema } from '../schemas/care.ts';
import { accepted } from '../schemas/operation.ts';
import { deployRequestSchema, layerRequestSchema, powerRequestSchema } from '../schemas/requests.ts';
import { splitSystem, withKeptSecrets } from '../system-request.ts';

/** What operators ask of a machine: each is an update to its workflow, which alone decides (docs/architecture.md). */

export const commissionMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/commission',
  permission: 'operate',
  name: 'commissionMachine',
  summary: 'Boot it into memory and learn what it is',
  params: machineParams,
  answer: accepted,
  handle: ({ params }, parts) => ask(parts, params.ref, commissionUpdate),
});

export const deployMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/deploy',
  permission: 'operate',
  name: 'deployMachine',
  summary: 'Put an image on its disk. What is on the disk is lost',
  params: machineParams,
  body: deployRequestSchema,
  answer: accepted,
  async handle({ params, body }, parts) {
    for (const { layer } of body.layers) demandLayer(parts, layer);
    await demandDeployable(parts.store, await findMachine(parts.store, params.ref), body.image);
    const { subnet, planDigest, storage, network, system, ephemeral, ...rest } = body;
    const request = {
      ...rest,
      ...(subnet && { subnet }),
      ...(ephemeral && { ephemeral }),
      ...(storage && { storage }),
      // What came as JSON holds no undefined fields, which is all that the schema's type says beside the model's.
      ...(network && { network: network as NetworkRequest }),
      ...(planDigest && { planDigest }),
    };
    if (!system) return ask(parts, params.ref, deployUpdate, request);
    return withKeptSecrets(parts.store.secrets, splitSystem(system), (kept) =>
      ask(parts, params.ref, deployUpdate, { ...request, system: kept }),
    );
  },
});

export const releaseMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/release',
  permission: 'operate',
  name: 'releaseMachine',
  summary: 'Erase it and make it free for others',
  params: machineParams,
  body: releaseRequestSchema,
  answer: accepted,
  handle: ({ params, body }, parts) => ask(parts, params.ref, releaseUpdate, defined(body)),
});

export const powerMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/power',
  permission: 'operate',
  name: 'powerMachine',
  summary: 'Switch its power',
  params: machineParams,
  body: powerRequestSchema,
  answer: accepted,
  handle: ({ params, body }, parts) => ask(parts, params.ref, powerUpdate, body),
});

export const applyLayer = route({
  method: 'post',
  path: '/v1/machines/{ref}/layers',
  permission: 'operate',
  name: 'applyLayer',
  summary: 'Lay a system on a deployed machine',
  params: machineParams,
  body: layerRequestSchema,
  answer: accepted,
  handle({ params, body }, parts) {
    demandLayer(parts, body.layer);
    return ask(parts, params.ref, applyLayerUpdate, body);
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

function demandLayer({ catalogue }: Parts, name: string): void {
  if (catalogue.layers.some((layer) => layer.name === name)) return;
  throw new CodedError('LAYER_NOT_FOUND', `there is no layer ${name}`);
}
