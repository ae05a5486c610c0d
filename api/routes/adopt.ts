import { randomUUID } from 'node:crypto';
import { CodedError, type AdoptAnswer } from '../../model/index.ts';
import { CONTROL_QUEUE } from '../../workflows/messages.ts';
import { findMachine } from '../find-machine.ts';
import { viewMachine } from '../machine-view.ts';
import { route } from '../route.ts';
import { adoptRequestSchema, sshKeySchema } from '../schemas/adopt.ts';
import { machineViewSchema } from '../schemas/machine.ts';
import { withTemporal } from '../temporal.ts';

/** Its activities have 80 s together; nobody waits longer. */
const adoptWithin = '90s';

export const adoptMachine = route({
  method: 'post',
  path: '/v1/machines',
  permission: 'configure',
  name: 'adoptMachine',
  summary: 'Take in a machine that runs already, by its address and host keys. Nothing on it is changed',
  body: adoptRequestSchema,
  answer: { status: 200, description: 'The machine, which is Deployed', schema: machineViewSchema },
  async handle({ body }, parts) {
    const request = { ...body, site: body.site ?? parts.site };
    const { machineId } = await withTemporal(
      parts.temporal,
      (client) =>
        client.workflow.execute('adoptMachine', {
          taskQueue: CONTROL_QUEUE,
          workflowId: `adopt-machine/${request.name}/${randomUUID()}`,
          workflowExecutionTimeout: adoptWithin,
          args: [request],
        }) as Promise<AdoptAnswer>,
      95_000,
    );
    return viewMachine(parts.store, await findMachine(parts.store, machineId));
  },
});

export const getSshKey = route({
  method: 'get',
  path: '/v1/ssh-key',
  permission: 'read',
  name: 'getSshKey',
  summary: 'The public key that we log in to machines with, as a line for authorized_keys',
  answer: { status: 200, description: 'The line', schema: sshKeySchema },
  async handle(_call, { sshKey }) {
    if (sshKey === undefined) throw new CodedError('NOT_FOUND', 'this process has no SSH key');
    return { publicKey: sshKey };
  },
});
