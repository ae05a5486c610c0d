import {
  CodedError,
  type DeployPlan,
  type Firmware,
  type Image,
  type Inventory,
  type PlannedNetwork,
  type Subnet,
} from '../../model/index.ts';
import {
  broadcastAddress,
  contains,
  type Ipv4,
  type Mac,
  networkAddress,
  prefixLength,
} from '../../net/index.ts';
import {
  checkHostname,
  checkPackageName,
  checkProxyUrl,
  checkPublicKey,
  checkSystemName,
} from './check-words.ts';
import { chooseDisk } from './choose-disk.ts';
import { interfaceName } from './interface-name.ts';
import { checkKernelArguments } from './kernel-arguments.ts';
import { bytesNeeded, flatLayout } from './layout.ts';

export interface PlanInput {
  readonly machineId: string;
  /** Becomes the host name. */
  readonly machineName: string;
  readonly firmware: Firmware;
  readonly inventory: Inventory;
  readonly image: Image;
  readonly subnet: Subnet;
  /** From the static range of the subnet. */
  readonly address: Ipv4;
  readonly bootMac: Mac;
  readonly sshKeys: readonly string[];
  readonly kernelArguments: readonly string[];
  readonly layers: readonly string[];
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
  const partitions = flatLayout(firmware, image.arch);
  const proxy = subnet.packageProxy === undefined ? {} : { packageProxy: checkProxyUrl(subnet.packageProxy) };
  return {
    format: 'deploy-plan:1',
    machineId: input.machineId,
    image: {
      name: image.name,
      os: checkSystemName(image.os),
      serial: image.serial,
      kernelPackage: checkPackageName(image.kernelPackage),
      squashfs: image.files.squashfs,
    },
    firmware,
    disk: chooseDisk(input.inventory.disks, bytesNeeded(partitions, image.files.squashfs.size)),
    layout: 'flat',
    partitions,
    network: planNetwork(input),
    sshKeys: [...new Set(input.sshKeys.map(checkPublicKey))],
    kernelArguments: checkKernelArguments(input.kernelArguments),
    ...proxy,
    layers: input.layers,
    enter: input.enter,
  };
}

function planNetwork({ machineName, subnet, address, bootMac, inventory }: PlanInput): PlannedNetwork {
  const ends = [networkAddress(subnet.cidr), broadcastAddress(subnet.cidr)];
  if (!contains(subnet.cidr, address) || (prefixLength(subnet.cidr) < 31 && ends.includes(address))) {
    throw new CodedError(
      'REQUEST_INVALID',
      `${address} is no host address in subnet ${subnet.name} (${subnet.cidr}).`,
    );
  }
  return {
    hostname: checkHostname(machineName),
    mac: bootMac,
    interfaceName: interfaceName(inventory.nics.find((nic) => nic.mac === bootMac)?.name),
    address,
    cidr: subnet.cidr,
    ...(subnet.gateway === undefined ? {} : { gateway: subnet.gateway }),
    dns: subnet.dns,
  };
}
