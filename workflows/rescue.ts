import { proxyActivities } from '@temporalio/workflow';
import type { InstallActivities, PowerActivities, SessionActivities } from '../activities/index.ts';
import type { EphemeralSession, MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { PowerState } from '../model/power.ts';
import type { RescueRequest } from '../model/requests.ts';
import { bringUp, closeOnStop, expectArrival } from './bring-up.ts';
import { siteQueue } from './messages.ts';
import { conversation, INSTALLED_DEADLINE_MS, powerOrder } from './policies.ts';
import { createSteps, stoppable } from './steps.ts';

export interface RescueInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  readonly request: RescueRequest;
}

/** A system in memory that people log in to, whatever is on the disks. Nothing of it is written to them. */
export async function rescue({ machine, operation, request }: RescueInput): Promise<EphemeralSession> {
  const expected = expectArrival();
  const steps = createSteps(operation);
  const near = proxyActivities<SessionActivities>({ ...conversation, taskQueue: siteQueue(machine.site) });
  return stoppable(
    async () => {
      const { deployment } = machine;
      // In order, if it still listens: a rescue should not be what damages a file system.
      if (deployment) await steps.run('shut down the installed system', () => near.shutDown({ deployment }));
      const boot = { purpose: 'rescue', ...(request.image && { image: request.image }) } as const;
      const session = await bringUp(steps, machine, expected, boot);
      await steps.run('let people in', () => near.letIn({ session, sshKeys: request.sshKeys }));
      return session;
    },
    () => closeOnStop(steps, expected),
  );
}

export interface ExitRescueInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  /** Its installed system is started again; otherwise it is switched off. */
  readonly starts: boolean;
}

export async function exitRescue({ machine, operation, starts }: ExitRescueInput): Promise<PowerState> {
  const steps = createSteps(operation);
  const taskQueue = siteQueue(machine.site);
  const { orderPower } = proxyActivities<PowerActivities>({ ...powerOrder, taskQueue });
  const { deployment } = machine;
  const action = starts ? 'cycle' : 'off';
  const { state } = await steps.run(`power ${action}`, () =>
    orderPower({ operationId: operation.id, machine, action }),
  );
  if (starts && deployment) {
    await steps.run('start the installed system', async (step) => {
      await step.waitFor(`${machine.name} to answer over SSH`, new Date(Date.now() + INSTALLED_DEADLINE_MS));
      const { awaitDeployment } = proxyActivities<InstallActivities>({
        ...conversation,
        startToCloseTimeout: INSTALLED_DEADLINE_MS,
        scheduleToCloseTimeout: INSTALLED_DEADLINE_MS,
        taskQueue,
      });
      await awaitDeployment({ deployment });
    });
  }
  return state;
}
