import { patched, proxyActivities } from '@temporalio/workflow';
import type {
  About,
  CommissionActivities,
  DeclaredActivities,
  ScriptActivities,
} from '../activities/index.ts';
import type { Firmware } from '../model/boot.ts';
import type { EphemeralSession, HardwareIdentity, MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { PowerParameters } from '../model/power.ts';
import { bringUp, type Expected, expectArrival, stopOnMachine } from './bring-up.ts';
import { runGroups } from './groups.ts';
import { siteQueue } from './messages.ts';
import { bookkeeping, conversation, remoteJob } from './policies.ts';
import { createSteps, type Steps, stoppable } from './steps.ts';

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
  return stoppable(
    () => learn(steps, machine, expected),
    () => stopOnMachine(steps, machine, expected),
  );
}

const ours = proxyActivities<DeclaredActivities>(bookkeeping);

async function learn(steps: Steps, machine: MachineRecord, expected: Expected): Promise<CommissionResult> {
  const taskQueue = siteQueue(machine.site);
  const near = proxyActivities<CommissionActivities>({ ...conversation, taskQueue });
  const session = await bringUp(steps, machine, expected, { purpose: 'commission' });
  const about = { operationId: steps.operationId, machine, session };
  await steps.run('read the hardware', () => near.collectInventory(about));
  await steps.run('listen for neighbours', () => near.listenForNeighbours(about));
  const power = await steps.run('find the BMC', () => near.adoptBmc(about));
  const hasScripts = patched('scripts-and-declarations');
  if (hasScripts) await runScripts(steps, about, taskQueue);
  const { identity, firmware } = await steps.run('keep the inventory', () => near.keepInventory(about));
  if (hasScripts) await steps.run('compare with what was declared', () => ours.compareDeclared({ machine }));
  return { session, identity, firmware, ...(power && { power }) };
}

/** Scripts of the operators that are tagged for commissioning. Nothing of it shows when there are none. */
async function runScripts(steps: Steps, about: About, taskQueue: string): Promise<void> {
  const near = proxyActivities<ScriptActivities>({ ...conversation, taskQueue });
  const outline = await near.outlineScripts({ ...about, purpose: 'commission' });
  if (outline.length === 0) return;
  await runGroups(steps, outline, ({ name, deadlineMs }) => {
    const { runScript } = proxyActivities<ScriptActivities>({ ...remoteJob(deadlineMs), taskQueue });
    return runScript({ ...about, purpose: 'commission', step: name, deadlineMs });
  });
  await steps.run('judge', () => near.judgeScripts({ ...about, purpose: 'commission' }));
}
