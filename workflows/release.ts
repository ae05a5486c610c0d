import { proxyActivities } from '@temporalio/workflow';
import type { PlanActivities, PowerActivities } from '../activities/index.ts';
import type { MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { PowerState } from '../model/power.ts';
import { siteQueue } from './messages.ts';
import { bookkeeping, powerOrder } from './policies.ts';
import { createSteps } from './steps.ts';

export interface ReleaseInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
}

/** Gives a machine back: off, its address free again. Its disks keep what they hold; the summary says so. */
export async function release({ machine, operation }: ReleaseInput): Promise<PowerState> {
  const steps = createSteps(operation);
  const { orderPower } = proxyActivities<PowerActivities>({
    ...powerOrder,
    taskQueue: siteQueue(machine.site),
  });
  const { freeAddress } = proxyActivities<PlanActivities>(bookkeeping);
  const { state } = await steps.run('power off', () =>
    orderPower({ operationId: operation.id, machine, action: 'off' }),
  );
  await steps.run('free the address', () => freeAddress({ machineId: machine.id }));
  return state;
}
