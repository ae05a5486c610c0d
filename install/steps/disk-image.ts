import type { DeployPlan, PlannedDiskImage } from '../../model/index.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { configureDiskImage } from './disk-image-configure.ts';
import { finishDiskImage } from './disk-image-finish.ts';
import { writeDiskImage } from './disk-image-write.ts';
import { configureEsxi } from './esxi.ts';
import { findDisk } from './find-disk.ts';
import { configureUbuntuCore } from './ubuntu-core.ts';

/** A plan whose image is a whole disk, written to the one disk of its storage. */
export type DiskPlan = DeployPlan & { readonly image: PlannedDiskImage };

export function isDiskPlan(plan: DeployPlan): plan is DiskPlan {
  return plan.image.kind === 'disk';
}

/** What puts a whole-disk image on a machine, in its order. */
export function diskImageSteps(plan: DiskPlan, context: InstallContext): readonly InstallStep[] {
  const makers = [findDisk, writeDiskImage, configurers[plan.image.layout ?? 'root'], finishDiskImage];
  return makers.map((make) => make(plan, context));
}

const configurers = {
  root: configureDiskImage,
  'ubuntu-core': configureUbuntuCore,
  esxi: configureEsxi,
} as const;
