import { getExternalWorkflowHandle, patched, proxyActivities } from '@temporalio/workflow';
import type { InstallActivities, PlanActivities, PowerActivities } from '../activities/index.ts';
import type { AppliedLayer } from '../model/layer.ts';
import type { Deployment, MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import { powerDriverTable } from '../model/power.ts';
import type { DeployRequest } from '../model/requests.ts';
import { bringUp, type Expected, expectArrival, stopOnMachine, stopRemoteJobs } from './bring-up.ts';
import { layLayers } from './lay-layer.ts';
import { installedSignal, machineWorkflowId, siteQueue } from './messages.ts';
import { bookkeeping, conversation, INSTALLED_DEADLINE_MS, powerOrder, remoteJob } from './policies.ts';
import { createSteps, type Steps, stoppable } from './steps.ts';

export interface DeployInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  readonly request: DeployRequest;
}

export interface DeployResult {
  readonly deployment: Deployment;
  readonly layers: readonly AppliedLayer[];
}

const { makePlan, authorise } = proxyActivities<PlanActivities>(bookkeeping);

/** Plan → intent → disk → installed system → SSH with the host keys that were made during the installation → layers. */
export async function deploy({ machine, operation, request }: DeployInput): Promise<DeployResult> {
  const expected = expectArrival();
  const steps = createSteps(operation);
  const deployment = await stoppable(
    () => install({ machine, operation, request }, steps, expected),
    () => stopOnMachine(steps, machine, expected),
  );
  if (patched('installed-is-told')) {
    const entity = getExternalWorkflowHandle(machineWorkflowId(machine.id));
    await entity.signal(installedSignal, { operationId: operation.id, deployment });
  }
  const deployed = { ...machine, deployment };
  const layers = await stoppable(
    () => layLayers(steps, deployed, request.layers),
    () => stopRemoteJobs(steps, machine, deployment),
  );
  return { deployment, layers };
}

/** From the plan to a system that answers with the host keys that its installation made. */
async function install(
  { machine, operation, request }: DeployInput,
  steps: Steps,
  expected: Expected,
): Promise<Deployment> {
  const site = siteQueue(machine.site);
  const plan = await steps.run('make the plan', () =>
    makePlan({ operationId: operation.id, machine, request }),
  );
  const image = plan.installer ?? request.image;
  const session = await bringUp(steps, machine, expected, {
    purpose: 'deploy',
    image,
    ...(plan.runs && { runs: plan.runs }),
  });
  const about = { operationId: operation.id, machine, session };
  const installSteps = await steps.run('authorise', () => authorise(about));

  for (const { name, deadlineMs } of installSteps) {
    const { runInstallStep } = proxyActivities<InstallActivities>({
      ...remoteJob(deadlineMs),
      taskQueue: site,
    });
    await steps.run(name, () => runInstallStep({ ...about, step: name, deadlineMs }));
  }

  // Before the first program of the image is in charge of the machine.
  if (
    powerDriverTable[machine.power.driver].can.closeToHost !== 'no' &&
    patched('bmc-closed-to-the-machine')
  ) {
    const { closeBmc } = proxyActivities<PowerActivities>({ ...powerOrder, taskQueue: site });
    await steps.run('close the BMC to the machine', () => closeBmc({ operationId: operation.id, machine }));
  }

  const near = proxyActivities<InstallActivities>({ ...conversation, taskQueue: site });
  await steps.run('leave the memory system', () => near.enterInstalled(about));
  const deadlineMs = plan.firstStartMs ?? INSTALLED_DEADLINE_MS;
  return steps.run('start the installed system', async (step) => {
    await step.waitFor(`${machine.name} to answer over SSH`, new Date(Date.now() + deadlineMs));
    const { awaitInstalled } = proxyActivities<InstallActivities>({
      ...conversation,
      startToCloseTimeout: deadlineMs,
      scheduleToCloseTimeout: deadlineMs,
      taskQueue: site,
    });
    return awaitInstalled(about);
  });
}
