import { z } from '@hono/zod-openapi';
import type { WorkflowHandle } from '@temporalio/client';
import { type Accepted, CodedError } from '../../model/index.ts';
import {
  applyLayerUpdate,
  commissionUpdate,
  deployUpdate,
  machineWorkflowId,
  powerUpdate,
  releaseUpdate,
  removeLayerUpdate,
} from '../../workflows/messages.ts';
import { findMachine } from '../find-machine.ts';
import type { Parts } from '../parts.ts';
import { type Answer, route } from '../route.ts';
import { machineParams } from '../schemas/common.ts';
import { acceptedSchema } from '../schemas/operation.ts';
import { deployRequestSchema, layerRequestSchema, powerRequestSchema } from '../schemas/requests.ts';
import { withTemporal } from '../temporal.ts';

/** What operators ask of a machine: each is an update to its workflow, which alone decides (docs/architecture.md). */

const accepted: Answer = {
  status: 202,
  description: 'Accepted; the operation is at work',
  schema: acceptedSchema,
};

export const commissionMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/commission',
  permission: 'operate',
  name: 'commissionMachine',
  summary: 'Boot it into memory and learn what it is',
  params: machineParams,
  answer: accepted,
  handle: ({ params }, parts) => ask(parts, params.ref, (machine) => machine.executeUpdate(commissionUpdate)),
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
  handle({ params, body }, parts) {
    for (const { layer } of body.layers) demandLayer(parts, layer);
    const { subnet, planDigest, ...rest } = body;
    const request = { ...rest, ...(subnet && { subnet }), ...(planDigest && { planDigest }) };
    return ask(parts, params.ref, (machine) => machine.executeUpdate(deployUpdate, { args: [request] }));
  },
});

export const releaseMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/release',
  permission: 'operate',
  name: 'releaseMachine',
  summary: 'Erase it and make it free for others',
  params: machineParams,
  answer: accepted,
  handle: ({ params }, parts) => ask(parts, params.ref, (machine) => machine.executeUpdate(releaseUpdate)),
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
  handle: ({ params, body }, parts) =>
    ask(parts, params.ref, (machine) => machine.executeUpdate(powerUpdate, { args: [body] })),
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
    return ask(parts, params.ref, (machine) => machine.executeUpdate(applyLayerUpdate, { args: [body] }));
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
    return ask(parts, params.ref, (machine) => machine.executeUpdate(removeLayerUpdate, { args: [request] }));
  },
});

function demandLayer({ catalogue }: Parts, name: string): void {
  if (catalogue.layers.some((layer) => layer.name === name)) return;
  throw new CodedError('LAYER_NOT_FOUND', `there is no layer ${name}`);
}

async function ask(
  { store, temporal }: Parts,
  ref: string,
  update: (machine: WorkflowHandle) => Promise<Accepted>,
): Promise<Accepted> {
  const machine = await findMachine(store, ref);
  return withTemporal(temporal, (client) => update(client.workflow.getHandle(machineWorkflowId(machine.id))));
}
