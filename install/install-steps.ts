import { CodedError, type DeployPlan, isRootPlan } from '../model/index.ts';
import { ephemeralSteps } from './ephemeral-steps.ts';
import type { InstallContext, InstallStep } from './install-step.ts';
import { configure } from './steps/configure.ts';
import { diskImageSteps, isDiskPlan } from './steps/disk-image.ts';
import { findDisk } from './steps/find-disk.ts';
import { finish } from './steps/finish.ts';
import { kernelAndBootloader } from './steps/kernel-and-bootloader.ts';
import { makeArrays } from './steps/make-arrays.ts';
import { makeFileSystems } from './steps/make-file-systems.ts';
import { makeVolumes } from './steps/make-volumes.ts';
import { partition } from './steps/partition.ts';
import { writeImage } from './steps/write-image.ts';

/** The plan as scripts, in their order. Pure: the same plan and context always give the same texts. */
export function installSteps(plan: DeployPlan, context: InstallContext): readonly InstallStep[] {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(context.intentId)) {
    throw new CodedError('INTERNAL', 'An intent id has 1 to 128 letters, digits and . _ -');
  }
  if (plan.ephemeral) return ephemeralSteps(plan, context);
  if (isDiskPlan(plan)) return diskImageSteps(plan, context);
  if (!isRootPlan(plan)) throw new CodedError('INTERNAL', `There is no way to install ${plan.image.name}.`);
  const { arrays, groups, caches, pools } = plan.storage;
  return [
    findDisk(plan),
    partition(plan, context),
    ...(arrays.length > 0 ? [makeArrays(plan, context)] : []),
    ...(groups.length + caches.length + pools.length > 0 ? [makeVolumes(plan, context)] : []),
    makeFileSystems(plan, context),
    writeImage(plan, context),
    configure(plan, context),
    kernelAndBootloader(plan, context),
    finish(plan, context),
  ];
}
