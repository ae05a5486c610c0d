import { CodedError, type DeployPlan } from '../model/index.ts';
import type { InstallContext, InstallStep } from './install-step.ts';
import { configure } from './steps/configure.ts';
import { findDisk } from './steps/find-disk.ts';
import { finish } from './steps/finish.ts';
import { kernelAndBootloader } from './steps/kernel-and-bootloader.ts';
import { makeFileSystems } from './steps/make-file-systems.ts';
import { partition } from './steps/partition.ts';
import { writeImage } from './steps/write-image.ts';

/** The plan as scripts, in their order. Pure: the same plan and context always give the same texts. */
export function installSteps(plan: DeployPlan, context: InstallContext): readonly InstallStep[] {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(context.intentId)) {
    throw new CodedError('INTERNAL', 'An intent id has 1 to 128 letters, digits and . _ -');
  }
  const makers = [findDisk, partition, makeFileSystems, writeImage, configure, kernelAndBootloader, finish];
  return makers.map((make) => make(plan, context));
}
