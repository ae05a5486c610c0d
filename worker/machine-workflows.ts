import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { MachineWorkflows } from '../activities/deps.ts';
import type { machine } from '../workflows/index.ts';
import { CodedError, type ErrorCode } from '../model/index.ts';
import {
  applyLayerUpdate,
  configureUpdate,
  CONTROL_QUEUE,
  machineWorkflowId,
} from '../workflows/messages.ts';
import { reviveInput } from '../workflows/revive.ts';

/** Which machines have a live workflow, as Temporal knows it, and giving one to those that have lost it. */
export function machineWorkflows(client: Client): MachineWorkflows {
  return {
    async running() {
      const query = `WorkflowType = 'machine' AND ExecutionStatus = 'Running'`;
      const ids = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
      return { has: (machineId) => ids.has(machineWorkflowId(machineId)) };
    },

    async revive(record, latest) {
      try {
        await client.workflow.start<typeof machine>('machine', {
          workflowId: machineWorkflowId(record.id),
          taskQueue: CONTROL_QUEUE,
          args: [reviveInput(record, latest)],
        });
        return true;
      } catch (error) {
        // The list of what runs is a little behind: it was there.
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw error;
      }
    },

    async introduce(record) {
      // To change nothing is answered when the store shows the machine.
      await client.workflow.executeUpdateWithStart(configureUpdate, {
        args: [{}],
        startWorkflowOperation: workflowOf(record.id, { kind: 'adopted', record }),
      });
    },

    async configure(record, latest, request) {
      await client.workflow.executeUpdateWithStart(configureUpdate, {
        args: [request],
        startWorkflowOperation: workflowOf(record.id, reviveInput(record, latest)),
      });
    },

    async applyLayer(record, latest, request, key) {
      try {
        return await client.workflow.executeUpdateWithStart(applyLayerUpdate, {
          args: [request],
          updateId: key,
          startWorkflowOperation: workflowOf(record.id, reviveInput(record, latest)),
        });
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
          throw new CodedError((error.cause.type ?? 'INTERNAL') as ErrorCode, error.cause.message);
        throw error;
      }
    },
  };
}

/** The one that is there, or a new one. */
function workflowOf(machineId: string, input: Parameters<typeof machine>[0]) {
  return new WithStartWorkflowOperation<typeof machine>('machine', {
    workflowId: machineWorkflowId(machineId),
    taskQueue: CONTROL_QUEUE,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
  });
}
