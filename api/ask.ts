import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { Accepted } from '../model/index.ts';
import { reviveInput } from '../workflows/revive.ts';
import { CONTROL_QUEUE, machineWorkflowId } from '../workflows/messages.ts';
import type { machine as machineWorkflow } from '../workflows/index.ts';
import { findMachine } from './find-machine.ts';
import type { Parts } from './parts.ts';
import { withTemporal } from './temporal.ts';

/**
 * Asks something of a machine: an update to its workflow, which alone decides. A workflow that somebody ended goes on
 * from what the store knows, so that nothing that is known is ever without one.
 */
export async function ask<Args extends unknown[]>(
  { store, temporal }: Parts,
  ref: string,
  update: UpdateDefinition<Accepted, Args>,
  ...args: Args
): Promise<Accepted> {
  const machine = await findMachine(store, ref);
  const [latest] = await store.operations.ofMachine(machine.id, 1);
  return withTemporal(temporal, (client: Client) =>
    client.workflow.executeUpdateWithStart(update, {
      args,
      startWorkflowOperation: new WithStartWorkflowOperation<typeof machineWorkflow>('machine', {
        workflowId: machineWorkflowId(machine.id),
        taskQueue: CONTROL_QUEUE,
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [reviveInput(machine, latest)],
      }),
    }),
  );
}
