import { proxyActivities } from '@temporalio/workflow';
import type { EraseActivities, PlanActivities, PowerActivities } from '../activities/index.ts';
import type { MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { PowerState } from '../model/power.ts';
import type { ReleaseRequest } from '../model/requests.ts';
import { bringUp, expectArrival, stopOnMachine } from './bring-up.ts';
import { runGroups } from './groups.ts';
import { siteQueue } from './messages.ts';
import { bookkeeping, conversation, powerOrder, remoteJob } from './policies.ts';
import { createSteps, type Steps, stoppable } from './steps.ts';

export interface ReleaseInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  /** Without one, the disks keep what they hold. */
  readonly request?: ReleaseRequest;
}

/** Gives a machine back: its disks erased as asked, with evidence; off; its address free again. */
export async function release({ machine, operation, request }: ReleaseInput): Promise<PowerState> {
  const steps = createSteps(operation);
  const { orderPower } = proxyActivities<PowerActivities>({
    ...powerOrder,
    taskQueue: siteQueue(machine.site),
  });
  const { freeAddress } = proxyActivities<PlanActivities>(bookkeeping);
  if (request) {
    const near = proxyActivities<EraseActivities>({ ...conversation, taskQueue: siteQueue(machine.site) });
    await near.demandErasure({ machine, request });
    if (request.erase !== 'none') await erase(steps, machine, request);
  }
  const { state } = await steps.run('power off', () =>
    orderPower({ operationId: operation.id, machine, action: 'off' }),
  );
  await steps.run('free the address', () => freeAddress({ machineId: machine.id }));
  return state;
}

async function erase(steps: Steps, machine: MachineRecord, request: ReleaseRequest): Promise<void> {
  const expected = expectArrival();
  const taskQueue = siteQueue(machine.site);
  const near = proxyActivities<EraseActivities>({ ...conversation, taskQueue });
  await stoppable(
    async () => {
      const session = await bringUp(steps, machine, expected, { purpose: 'release' });
      const about = { operationId: steps.operationId, machine, session, request };
      const outline = await steps.run('authorise the erasure', () => near.outlineErase(about));
      await runGroups(steps, outline, ({ name, deadlineMs }) => {
        const { runEraseStep } = proxyActivities<EraseActivities>({ ...remoteJob(deadlineMs), taskQueue });
        return runEraseStep({ ...about, step: name, deadlineMs });
      });
      await steps.run('keep the evidence', () => near.checkEvidence(about));
    },
    () => stopOnMachine(steps, machine, expected),
  );
}
