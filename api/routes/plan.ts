import { randomUUID } from 'node:crypto';
import type { PlanAnswer } from '../../model/index.ts';
import { CONTROL_QUEUE } from '../../workflows/messages.ts';
import { demandDeployable } from '../demand-deployable.ts';
import { findMachine } from '../find-machine.ts';
import { route } from '../route.ts';
import { planAnswerSchema } from '../schemas/answers.ts';
import { machineParams } from '../schemas/common.ts';
import { deployRequestSchema } from '../schemas/requests.ts';
import { splitSystem } from '../system-request.ts';
import { withTemporal } from '../temporal.ts';

/** The workflow itself gives up after 60 s; nobody waits for a plan longer than that. */
const planWithin = '60s';

export const planDeploy = route({
  method: 'post',
  path: '/v1/machines/{ref}/deploy/plan',
  permission: 'operate',
  name: 'planDeploy',
  summary: 'What would a deployment do? Touches nothing; its digest can be given to deploy',
  params: machineParams,
  body: deployRequestSchema,
  answer: {
    status: 200,
    description: 'The plan, its digest, and the plan for people',
    schema: planAnswerSchema,
  },
  async handle({ params, body }, { store, temporal }) {
    const machine = await findMachine(store, params.ref);
    await demandDeployable(store, machine, body.image);
    const { planDigest: _planDigest, network, system, ...rest } = body;
    // Of secrets, a plan holds digests only: nothing is kept for a look at it.
    const request = {
      ...rest,
      ...(network && { network }),
      ...(system && { system: splitSystem(system).request }),
    };
    return withTemporal(
      temporal,
      (client) =>
        client.workflow.execute('planDeploy', {
          taskQueue: CONTROL_QUEUE,
          workflowId: `plan-deploy/${machine.id}/${randomUUID()}`,
          workflowExecutionTimeout: planWithin,
          args: [{ machineId: machine.id, request }],
        }) as Promise<PlanAnswer>,
      65_000,
    );
  },
});
