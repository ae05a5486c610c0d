import { z } from 'zod';
import { shell } from '../../remote/index.ts';
import { roomDemand } from '../parts/demands.ts';
import type { Layer } from '../layer.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { dropTinyGuest, makeTinyGuest } from '../parts/tiny-guest.ts';
import { bootFromCd, bootFromKernel, tryDisk } from './verify.ts';

const parameters = z.strictObject({});
type Parameters = z.infer<typeof parameters>;
const PACKAGES = ['qemu-system-x86', 'qemu-utils'];

export const qemu: Layer<Parameters> = {
  name: 'qemu',
  version: '1',
  summary: 'QEMU alone: guests by emulation, started by hand, and tools for their disks.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],

  demands: () => [roomDemand('/var/lib/rackwright', 1_000)],
  check: () => shell`${isInstalled(...PACKAGES)} && qemu-system-x86_64 --version >/dev/null`,
  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ownPackages('qemu', PACKAGES, context),
    makeTinyGuest('qemu', context),
  ],
  verify: (context) => [
    { kind: 'command', name: 'a disk is made and keeps what is written', script: tryDisk },
    { kind: 'command', name: 'a guest boots from its kernel', script: bootFromKernel },
    { kind: 'command', name: 'a guest boots from a CD', script: bootFromCd(context.packageProxy) },
  ],
  remove: () => [dropTinyGuest('qemu'), dropPackages('qemu')],
};
