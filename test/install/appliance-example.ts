import type { PlanInput } from '../../install/index.ts';
import { type DiskPlan, isDiskPlan } from '../../install/steps/disk-image.ts';
import type { DiskImage, ImageLayout } from '../../model/index.ts';
import { context, diskImage, plan, publicKey } from './example.ts';

export const ubuntuCore: DiskImage = {
  ...diskImage,
  name: 'ubuntu-core/24',
  os: 'ubuntu-core',
  version: '24',
  layout: 'ubuntu-core',
};

export const esxi: DiskImage = {
  ...diskImage,
  name: 'esxi/8',
  os: 'esxi',
  version: '8',
  firmware: ['bios', 'uefi'],
  cloudInit: false,
  layout: 'esxi',
};

export function appliancePlan(layout: ImageLayout, changes: Partial<PlanInput> = {}): DiskPlan {
  const image = layout === 'esxi' ? esxi : ubuntuCore;
  const made = plan({ image, firmware: 'uefi', layersAt: () => [], ...changes });
  if (!isDiskPlan(made)) throw new Error('this is no plan for a whole disk');
  return made;
}

/** Well-formed, and nobody's: what the controller has for sshd in FIPS mode. */
export const fipsKey = `ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI${'F'.repeat(104)}`;

export const applianceContext = (changes = {}) =>
  context({
    source: { kind: 'fetch', url: 'http://10.78.0.1:8080/artefacts/bbbb' },
    fipsKey,
    ...changes,
  });

export { publicKey };
