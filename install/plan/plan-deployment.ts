import {
  CodedError,
  type DeployPlan,
  type Firmware,
  type Inventory,
  type NetworkRequest,
  type PlannedLayer,
  type StorageRequest,
  type Subnet,
  type SystemRequest,
} from '../../model/index.ts';
import type { Ipv4, Mac } from '../../net/index.ts';
import { checkAppliance } from './appliance.ts';
import { checkProxyUrl, checkPublicKey } from './check-words.ts';
import { checkEphemeral, noStorage } from './ephemeral.ts';
import { checkKernelArguments } from './kernel-arguments.ts';
import { planNetwork } from './network.ts';
import { type InstallableImage, planDisks, planImage } from './plan-image.ts';
import { planSystem } from './system.ts';

export interface PlanInput {
  readonly machineId: string;
  /** Becomes the host name, when the request has none. */
  readonly machineName: string;
  readonly firmware: Firmware;
  readonly inventory: Inventory;
  readonly image: InstallableImage;
  readonly subnet: Subnet;
  /** From the static range of the subnet; absent when the request names one. @see needsAddress */
  readonly address?: Ipv4;
  readonly bootMac: Mac;
  readonly storage?: StorageRequest;
  readonly ephemeral?: boolean;
  readonly network?: NetworkRequest;
  readonly system?: SystemRequest;
  readonly sshKeys: readonly string[];
  readonly kernelArguments: readonly string[];
  /** As they would be laid at that address. */
  readonly layersAt: (address: Ipv4) => readonly PlannedLayer[];
  readonly enter: 'kexec' | 'reboot';
}

/**
 * Everything that a deployment will do, without touching anything.
 * @throws CodedError DISK_NOT_SUITABLE, REQUEST_INVALID
 */
export function planDeployment(input: PlanInput): DeployPlan {
  const { image, subnet, firmware } = input;
  if (image.arch !== 'amd64') {
    throw new CodedError(
      'REQUEST_INVALID',
      `${image.name} is for ${image.arch}; only amd64 can be installed yet.`,
    );
  }
  if (image.arch !== input.inventory.cpu.arch) {
    throw new CodedError(
      'REQUEST_INVALID',
      `${image.name} is for ${image.arch}, and the machine is ${input.inventory.cpu.arch}.`,
    );
  }
  if (input.ephemeral) checkEphemeral(input);
  const network = planNetwork({
    inventory: input.inventory,
    subnet,
    bootMac: input.bootMac,
    ...(input.network && { request: input.network }),
    ...(input.address && { address: input.address }),
  });
  const layers = input.layersAt(network.address);
  const system = planSystem({
    machineName: input.machineName,
    image,
    // Of a root image, nobody knows before it is unpacked.
    ...(image.kind === 'disk' && { cloudInit: image.cloudInit }),
    ...(input.system && { request: input.system }),
  });
  if (image.kind === 'disk' && image.layout) checkAppliance(image.layout, { network, system, layers });
  const proxy = subnet.packageProxy === undefined ? {} : { packageProxy: checkProxyUrl(subnet.packageProxy) };
  return {
    format: 'deploy-plan:3',
    machineId: input.machineId,
    image: planImage(image),
    firmware,
    ...(input.ephemeral && { ephemeral: true as const }),
    storage: input.ephemeral ? noStorage : planDisks(input),
    network,
    system,
    sshKeys: [...new Set(input.sshKeys.map(checkPublicKey))],
    kernelArguments: checkKernelArguments(input.kernelArguments),
    ...proxy,
    layers,
    // A whole disk brings a kernel and command line that nobody here knows.
    enter: image.kind === 'disk' ? 'reboot' : input.enter,
  };
}
