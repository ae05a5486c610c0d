import { describePlan, installSteps, planDeployment, planDigest } from '../install/index.ts';
import { CodedError, type DeployPlan, type DeployRequest, type MachineRecord } from '../model/index.ts';
import { subnetOf } from './boot.ts';
import type { ActivityDependencies } from './deps.ts';
import { installContext } from './install-context.ts';
import type { PlanActivities } from './types.ts';

/** Both screens of a server: the one in front of it, and the one that its BMC carries. The last one gets the prompt. */
const consoles = ['console=tty0', 'console=ttyS0,115200'] as const;

export function planActivities(deps: ActivityDependencies): PlanActivities {
  const { store } = deps;
  return {
    async previewPlan({ machineId, request }) {
      const machine = await store.machines.get(machineId);
      if (!machine) throw new CodedError('NOT_FOUND', `There is no machine ${machineId}.`);
      const plan = await planFor(deps, machine, request);
      return { plan, digest: planDigest(plan), lines: describePlan(plan) };
    },
    async makePlan({ operationId, machine, request }) {
      const plan = await planFor(deps, machine, request);
      const digest = planDigest(plan);
      if (request.planDigest !== undefined && request.planDigest !== digest) {
        throw new CodedError(
          'PLAN_STALE',
          `What would be done to ${machine.name} now is not what was shown.`,
          {
            shown: request.planDigest,
            now: digest,
          },
        );
      }
      await store.plans.add(operationId, plan, digest);
      return { digest };
    },
    async authorise({ operationId, session, machine }) {
      const { plan } = await planOf(deps, operationId);
      if (!(await store.operations.consumeIntent(operationId, session.bootId))) {
        throw new CodedError(
          'INTENT_USED',
          `${machine.name} was restarted after ${operationId} had been authorised.`,
        );
      }
      const steps = installSteps(
        plan,
        installContext(deps, plan, operationId, session, await subnetOf(store, machine)),
      );
      return steps.map(({ name, deadlineMs }) => ({ name, deadlineMs }));
    },
    freeAddress: ({ machineId }) => store.subnets.releaseStatic(machineId),
  };
}

/** The plan that this operation executes. */
export async function planOf(
  { store }: ActivityDependencies,
  operationId: string,
): Promise<{ readonly plan: DeployPlan; readonly digest: string }> {
  const kept = await store.plans.get(operationId);
  if (!kept) throw new CodedError('INTERNAL', `${operationId} has no plan.`);
  return kept;
}

async function planFor(
  { store }: ActivityDependencies,
  machine: MachineRecord,
  request: DeployRequest,
): Promise<DeployPlan> {
  const [subnet, found, image] = await Promise.all([
    request.subnet ? store.subnets.get(request.subnet) : subnetOf(store, machine),
    store.inventories.latest(machine.id),
    store.images.find(request.image, machine.arch),
  ]);
  if (!subnet) throw new CodedError('NOT_FOUND', `There is no subnet ${request.subnet}.`);
  if (!image)
    throw new CodedError('IMAGE_NOT_FOUND', `There is no image ${request.image} for ${machine.arch}.`);
  if (!found) throw new CodedError('STATE_CONFLICT', `${machine.name} was never commissioned.`);
  const boot = await store.boots.latestOfMachine(machine.id);
  return planDeployment({
    machineId: machine.id,
    machineName: machine.name,
    firmware: machine.firmware,
    inventory: found.inventory,
    image,
    subnet,
    address: await store.subnets.assignStatic(subnet.name, machine.id),
    bootMac: boot?.mac ?? (machine.identity.macs[0] as NonNullable<typeof boot>['mac']),
    sshKeys: request.sshKeys,
    kernelArguments: [...consoles, ...request.kernelArguments],
    layers: request.layers.map(({ layer }) => layer),
    enter: request.enter,
  });
}
