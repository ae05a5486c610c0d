import type { NetworkRequest } from '../../model/index.ts';
import { commissionUpdate, deployUpdate, powerUpdate, releaseUpdate } from '../../workflows/messages.ts';
import { ask } from '../ask.ts';
import { defined } from '../defined.ts';
import { demandDeployable } from '../demand-deployable.ts';
import { findMachine } from '../find-machine.ts';
import { demandLayer } from '../layers.ts';
import { route } from '../route.ts';
import { machineParams } from '../schemas/common.ts';
import { releaseRequestSchema } from '../schemas/care.ts';
import { accepted } from '../schemas/operation.ts';
import { deployRequestSchema, powerRequestSchema } from '../schemas/requests.ts';
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
