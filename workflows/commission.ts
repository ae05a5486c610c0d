import { proxyActivities } from '@temporalio/workflow';
import type { CommissionActivities } from '../activities/index.ts';
import type { EphemeralSession, Firmware, HardwareIdentity, MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { PowerParameters } from '../model/power.ts';
import { bringUp, expectArrival } from './bring-up.ts';
import { siteQueue } from './messages.ts';
import { conversation } from './policies.ts';
import { createSteps } from './steps.ts';

export interface CommissionInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
}

export interface CommissionResult {
  readonly session: EphemeralSession;
  readonly identity: HardwareIdentity;
  readonly firmware: Firmware;
  /** Present when a BMC was found in-band and a user of our own on it was proven. */
  readonly power?: PowerParameters;
}

/** Learns what a machine is. Reads only; the one thing it writes is a user of our own on the BMC. */
export async function commission({ machine, operation }: CommissionInput): Promise<CommissionResult> {
  const expected = expectArrival();
  const steps = createSteps(operation);
  const near = proxyActivities<CommissionActivities>({ ...conversation, taskQueue: siteQueue(machine.site) });

  const session = await bringUp(steps, machine, expected, { purpose: 'commission' });
  const about = { operationId: operation.id, machine, session };
  await steps.run('read the hardware', () => near.collectInventory(about));
  await steps.run('listen for neighbours', () => near.listenForNeighbours(about));
  const power = await steps.run('find the BMC', () => near.adoptBmc(about));
  const { identity, firmware } = await steps.run('keep the inventory', () => near.keepInventory(about));
  return { session, identity, firmware, ...(power && { power }) };
}
