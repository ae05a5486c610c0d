import {
  describePlan,
  firstStartMs,
  installSteps,
  planDeployment,
  planDigest,
  upgradePlan,
} from '../install/index.ts';
import { layersInOrder } from '../layers/index.ts';
import {
  CodedError,
  type DeployPlan,
  type DeployRequest,
  hasSquashfs,
  type Image,
  isBootImage,
  type MachineRecord,
  needsAddress,
  type Subnet,
} from '../model/index.ts';
import { inRange } from '../net/index.ts';
import { subnetOf } from './boot.ts';
import { takeOverSecrets } from './deploy-secrets.ts';
import type { ActivityDependencies } from './deps.ts';
import { installContext } from './install-context.ts';
import { layerOn } from './layer-on.ts';
import { forgetSecretsOfLayers } from './layer-secrets.ts';
import type { PlanActivities } from './types.ts';

/** Both screens of a server: the one in front of it, and the one that its BMC carries. The last one gets the prompt. */
const consoles = ['console=tty0', 'console=ttyS0,115200'] as const;

export function planActivities(deps: ActivityDependencies): PlanActivities {
  const { store } = deps;
  return {
    async previewPlan({ machineId, request }) {
      const machine = await store.machines.get(machineId);
      if (!machine) throw new CodedError('NOT_FOUND', `There is no machine ${machineId}.`);
      const { plan } = await planFor(deps, machine, request);
      return { plan, digest: planDigest(plan), lines: describePlan(plan) };
    },
    async makePlan({ operationId, machine, request }) {
      if (request.system) await takeOverSecrets(store.secrets, operationId, request.system);
      const { plan, image, subnet } = await planFor(deps, machine, request);
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
      const slow = firstStartMs(plan);
      return {
        digest,
        ...(!isBootImage(image) && { installer: subnet.ephemeralImage }),
        ...(plan.ephemeral && plan.image.kind === 'root' && { runs: plan.image.squashfs.sha256 }),
        ...(slow !== undefined && { firstStartMs: slow }),
      };
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
        await installContext(deps, plan, operationId, session, await subnetOf(store, machine)),
      );
      return steps.map(({ name, deadlineMs }) => ({ name, deadlineMs }));
    },
    async freeAddress({ machineId }) {
      await forgetSecretsOfLayers(store, machineId);
      await store.subnets.releaseStatic(machineId);
    },
  };
}

/** The plan that this operation executes. */
export async function planOf(
  { store }: ActivityDependencies,
  operationId: string,
): Promise<{ readonly plan: DeployPlan; readonly digest: string }> {
  const kept = await store.plans.get(operationId);
  if (!kept) throw new CodedError('INTERNAL', `${operationId} has no plan.`);
  return { ...kept, plan: upgradePlan(kept.plan) };
}

async function planFor(
  { store }: ActivityDependencies,
  machine: MachineRecord,
  request: DeployRequest,
): Promise<{ readonly plan: DeployPlan; readonly image: Image; readonly subnet: Subnet }> {
  const [subnet, found, image] = await Promise.all([
    request.subnet ? store.subnets.get(request.subnet) : subnetOf(store, machine),
    store.inventories.latest(machine.id),
    store.images.find(request.image, machine.arch),
  ]);
  if (!subnet) throw new CodedError('NOT_FOUND', `There is no subnet ${request.subnet}.`);
  if (!image)
    throw new CodedError('IMAGE_NOT_FOUND', `There is no image ${request.image} for ${machine.arch}.`);
  if (image.kind === 'root' && !hasSquashfs(image)) {
    // The API refuses it before; here it is for what was imported since.
    const message = `image: ${image.name} is a tar archive; a root image to install is a squashfs`;
    throw new CodedError('REQUEST_INVALID', message, { field: 'image' });
  }
  if (!found) throw new CodedError('STATE_CONFLICT', `${machine.name} was never commissioned.`);
  const boot = await store.boots.latestOfMachine(machine.id);
  const plan = planDeployment({
    machineId: machine.id,
    machineName: machine.name,
    firmware: machine.firmware,
    inventory: found.inventory,
    image,
    subnet,
    ...(needsAddress(request.network) && {
      address: await store.subnets.assignStatic(subnet.name, machine.id),
    }),
    ...(request.storage && { storage: request.storage }),
    ...(request.ephemeral && { ephemeral: true }),
    ...(request.network && { network: request.network }),
    ...(request.system && { system: request.system }),
    bootMac: boot?.mac ?? (machine.identity.macs[0] as NonNullable<typeof boot>['mac']),
    sshKeys: request.sshKeys,
    kernelArguments: [...consoles, ...request.kernelArguments],
    // Refused now, and not when the machine has its system: a layer that is not for it.
    layersAt: (address) =>
      layersInOrder(request.layers, []).map((layer) => {
        const on = {
          image: image.name,
          machineName: machine.name,
          address,
          packageProxy: subnet.packageProxy,
        };
        const { layer: found, digest } = layerOn(layer, on, 'apply');
        return { name: found.name, version: found.version, digest };
      }),
    enter: request.enter,
  });
  await keepAddress(store, subnet, machine, plan);
  return { plan, image, subnet };
}

/** An address that the operator chose out of the range that we give from is nobody else's from now on. */
async function keepAddress(
  store: ActivityDependencies['store'],
  subnet: Subnet,
  machine: MachineRecord,
  plan: DeployPlan,
): Promise<void> {
  const { address } = plan.network;
  if (inRange(subnet.static, address)) await store.subnets.claimStatic(subnet.name, machine.id, address);
}
