import type { DeployPlan, PlannedDisk, PlannedPartition } from '../../model/index.ts';
import { prefixLength } from '../../net/index.ts';
import { formatBytes } from './format-bytes.ts';

/** One sentence a line, for `--plan`: what is lost comes before what is gained. */
export function describePlan(plan: DeployPlan): string[] {
  const { disk, network, image } = plan;
  const route = network.gateway === undefined ? 'no gateway' : `gateway ${network.gateway}`;
  const dns = network.dns.length === 0 ? 'no DNS' : `DNS ${network.dns.join(', ')}`;
  return [
    `Disk: ${diskWords(disk)}`,
    disk.loses.length === 0 ? 'Lost: nothing is known to be on that disk' : `Lost: ${disk.loses.join('; ')}`,
    `Partitions: ${plan.firmware === 'uefi' ? 'UEFI' : 'BIOS'}, GPT, ${plan.partitions.map(partitionWords).join(', ')}`,
    `Image: ${image.name}, serial ${image.serial}, ${formatBytes(image.squashfs.size)} squashfs ${image.squashfs.sha256.slice(0, 12)}`,
    `Kernel: the one in the image, or else package ${image.kernelPackage}; arguments: ${plan.kernelArguments.join(' ') || 'none'}`,
    `Network: ${network.hostname}, ${network.interfaceName} (${network.mac}) ${network.address}/${prefixLength(network.cidr)}, ${route}, ${dns}`,
    `Packages: ${plan.packageProxy === undefined ? 'straight from the archive' : `through ${plan.packageProxy}`}`,
    `Login: ${plan.sshKeys.length === 1 ? '1 SSH key' : `${plan.sshKeys.length} SSH keys`}`,
    `Layers: ${plan.layers.join(', ') || 'none'}`,
    `Entered by: ${plan.enter === 'kexec' ? 'kexec, without a firmware start' : 'a reboot'}`,
  ];
}

/** By what finds it again; the kernel's name is only a hint. */
export function diskWords(disk: PlannedDisk): string {
  const identity = [
    ...(disk.serial === '' ? [] : [`serial ${disk.serial}`]),
    ...(disk.wwn === '' ? [] : [`WWN ${disk.wwn}`]),
  ];
  const named = identity.length === 0 ? 'the only disk' : identity.join(', ');
  return `${named}, ${formatBytes(disk.size)}${disk.model === '' ? '' : ` ${disk.model}`} (${disk.name} when it was commissioned)`;
}

function partitionWords(partition: PlannedPartition): string {
  const size = partition.size === 'rest' ? 'the rest' : formatBytes(partition.size);
  const use = partition.fileSystem === undefined ? '' : ` ${partition.fileSystem}`;
  return `${partition.number} ${partition.label} ${size}${use}${partition.mount === undefined ? '' : ` at ${partition.mount}`}`;
}
