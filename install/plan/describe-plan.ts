import type { DeployPlan, PlannedImage, PlannedLayer } from '../../model/index.ts';
import { describeAppliance } from './appliance-words.ts';
import { formatBytes } from './format-bytes.ts';
import { describeNetwork } from './network-words.ts';
import { describeStorage } from './storage/describe-storage.ts';
import { describeSystem } from './system-words.ts';

/** One sentence a line, for `--plan`: what is lost comes before what is gained. */
export function describePlan(plan: DeployPlan): string[] {
  const layout = plan.image.kind === 'disk' ? plan.image.layout : undefined;
  return [
    ...(plan.ephemeral
      ? ['Disk: none is touched; it runs from memory until it is switched off or restarted']
      : describeStorage(plan)),
    ...imageWords(plan.image, plan.kernelArguments),
    ...describeNetwork(plan.network),
    ...describeSystem(plan.system, plan.image.kind === 'disk' || undefined),
    ...(layout
      ? describeAppliance(layout, plan)
      : [
          `Packages: ${plan.packageProxy === undefined ? 'straight from the archive' : `through ${plan.packageProxy}`}`,
          `Login: ${plan.sshKeys.length === 1 ? '1 SSH key' : `${plan.sshKeys.length} SSH keys`}`,
          `Layers: ${plan.layers.map(layerWords).join(', ') || 'none'}`,
        ]),
    plan.ephemeral
      ? 'Entered by: nothing; it runs already, and changes its address'
      : `Entered by: ${plan.enter === 'kexec' ? 'kexec, without a firmware start' : 'a reboot'}`,
  ];
}

const REACH_IF_ROOT =
  'Reach: over SSH if a root file system in it can be mounted; otherwise it is started as it is, and nobody can log in for us';

function layerWords({ name, version, digest }: PlannedLayer): string {
  return [name, version, digest?.slice(0, 12)].filter(Boolean).join(' ');
}

function imageWords(image: PlannedImage, kernelArguments: readonly string[]): string[] {
  const start = `Image: ${image.name}, serial ${image.serial}`;
  switch (image.kind) {
    case 'root':
      return [
        `${start}, ${formatBytes(image.squashfs.size)} squashfs ${image.squashfs.sha256.slice(0, 12)}`,
        `Kernel: the one in the image, or else package ${image.kernelPackage}; arguments: ${kernelArguments.join(' ') || 'none'}`,
      ];
    case 'disk':
      return [
        `${start}, a whole disk of ${formatBytes(image.raw.size)}, ${image.raw.sha256.slice(0, 12)}`,
        ...(image.layout ? [] : [REACH_IF_ROOT]),
      ];
  }
}
