import { proxyActivities } from '@temporalio/workflow';
import type { PowerActivities } from '../activities/index.ts';
import type { MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { PowerAction, PowerState } from '../model/power.ts';
import { siteQueue } from './messages.ts';
import { powerOrder } from './policies.ts';
import { createSteps } from './steps.ts';

export interface PowerInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  readonly action: PowerAction;
}

/** One power order, confirmed by the BMC. */
export async function power({ machine, operation, action }: PowerInput): Promise<PowerState> {
  const steps = createSteps(operation);
  const { orderPower } = proxyActivities<PowerActivities>({
    ...powerOrder,
    taskQueue: siteQueue(machine.site),
  });
  const { state } = await steps.run(`power ${action}`, () =>
    orderPower({ operationId: operation.id, machine, action }),
  );
  return state;
}
