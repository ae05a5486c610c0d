import { z } from 'zod';
import { lines, shell } from '../../remote/index.ts';
import { bridgeDemands, layBridge, removeBridge } from '../parts/bridge/bridge.ts';
import { bridgeFault, bridgeParameters } from '../parts/bridge/parameters.ts';
import { memoryDemand, memoryOfKernel, roomDemand } from '../parts/demands.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { Layer, LayerContext, LayerStep } from '../layer.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { aptGet, isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { dropTinyGuest, makeTinyGuest } from '../parts/tiny-guest.ts';
import { verifyXen } from './verify.ts';

const parameters = z
  .strictObject({
    /** MiB. Dom0 keeps it, and what is left is for guests. */
    dom0Memory: z.int().min(512).max(1_048_576).default(2048),
    dom0Cpus: z.int().min(1).max(512).optional(),
    ...bridgeParameters,
  })
  .superRefine((values, context) => {
    const message = bridgeFault(values);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['bridge'], message });
  });
type Parameters = z.infer<typeof parameters>;
type Context = LayerContext<Parameters>;

const PACKAGES = ['xen-system-amd64', 'xen-tools', 'bridge-utils'];
const GRUB = '/etc/default/grub.d/xen-rackwright.cfg';
/** Debian's own `xen.cfg`, which is read after it, makes the hypervisor the default otherwise. */
const LEAVING = '/etc/default/grub.d/00-rackwright-leaves-xen.cfg';
const LEAVING_TEXT = 'XEN_OVERRIDE_GRUB_DEFAULT=0\n';
/** In the order of its name the hypervisor comes before the plain kernel, and GRUB starts the first entry. */
const PLACE = '/etc/grub.d/20_linux_xen';
const PLACE_FIRST = '/etc/grub.d/08_linux_xen';
/** GRUB as it is signed for UEFI cannot start a hypervisor by itself; the modules that can lie here. */
const MODULES_KEPT = '/usr/lib/grub/x86_64-efi';
const MODULES = '/boot/grub/x86_64-efi';
const MODULES_OURS = `${MODULES}/brought-by-rackwright`;
/** xen-tools would have the initrd of this machine made with most modules, whatever its own system says. */
const POLICY_OF_XEN_TOOLS = '/etc/initramfs-tools/conf.d/xen-tools';
/** Slow machines make an initrd for long, and Debian's triggers have it made more than once. */
const INITRD_MS = 3_600_000;
const MENU_MS = 900_000;
/** How the menu of GRUB starts a hypervisor. */
const XEN_ENTRY = 'multiboot2?[[:space:]].*xen';
/** When GRUB's own file was last made of what it is made of. */
const WRITTEN = '/var/lib/rackwright/xen-grub';

export const xen: Layer<Parameters> = {
  name: 'xen',
  version: '1',
  summary: 'The Xen hypervisor with this system as its first domain, xl and xen-tools.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04'],
  conflicts: ['kvm'],

  demands: (context) => [
    {
      kind: 'script',
      name: 'a boot loader that starts a hypervisor',
      code: 'LAYER_UNSUPPORTED',
      script: shell`if systemd-detect-virt --quiet --container; then echo "it is a container, which starts no kernel of its own"; exit 1; fi
command -v update-grub >/dev/null || { echo "it is not started by GRUB"; exit 1; }
if [ -d /sys/firmware/efi ]; then
  [ -e ${MODULES_KEPT}/multiboot2.mod ] || { echo "the modules of GRUB are not in ${MODULES_KEPT}"; exit 1; }
else
  # There GRUB hangs when it is to start a hypervisor.
  grep -qs '^0x03' /sys/bus/pci/devices/*/class || { echo "it starts by BIOS and has no graphics card"; exit 1; }
fi
state=$(od -An -t u1 -j 4 /sys/firmware/efi/efivars/SecureBoot-* 2>/dev/null | tr -d ' ')
[ "\${state:-0}" = 0 ] || { echo "Secure Boot is on, and there is no signed hypervisor"; exit 1; }`,
    },
    memoryDemand(context.parameters.dom0Memory + 256, memoryOfMachine),
    roomDemand('/var/lib', 1024),
    roomDemand('/boot', 128),
    ...bridgeDemands(context),
  ],

  check: (context) => shell`${entered} && ${hasText(GRUB, grubText(context.parameters))}`,

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    bringKernel(context),
    ownPackages('xen', PACKAGES, context, { deadlineMs: INITRD_MS, without: [POLICY_OF_XEN_TOOLS] }),
    makeTinyGuest('xen', context),
    writeGrub(context),
    ...layBridge(context),
    {
      name: 'enter Xen',
      does: 'Have the machine start the hypervisor, and this system in its first domain.',
      done: shell`${entered} && [ "$(cat /run/rackwright/xen-grub 2>/dev/null || cat ${WRITTEN})" = "$(cat ${WRITTEN})" ]`,
      script: shell`:`,
      deadlineMs: 60_000,
      restarts: true,
    },
  ],

  verify: verifyXen,

  /** Emulated or not, packages go quicker on the plain system, and nothing that runs is taken from below itself. */
  remove: () => [
    ...removeBridge(90),
    {
      name: 'put the plain system first',
      does: 'Have GRUB write its menu with this system before the hypervisor.',
      // Debian's own file may have brought it under Xen where a laying did not come as far as our menu.
      done: shell`[ ! -e ${GRUB} ] && [ ! -e ${PLACE_FIRST} ] && [ ! -e ${WRITTEN} ] && { [ -e ${LEAVING} ] || [ "$(cat /sys/hypervisor/type 2>/dev/null)" != xen ]; }`,
      script: lines(
        // Until the menu is written it is not what it is made of.
        shell`mkdir -p /var/lib/rackwright`,
        shell`: >${WRITTEN}`,
        putText(LEAVING, LEAVING_TEXT),
        shell`rm -f ${GRUB}`,
        shell`if [ -e ${PLACE_FIRST} ]; then dpkg-divert --quiet --rename --remove ${PLACE}; fi`,
        shell`update-grub`,
        shell`rm -f ${WRITTEN}`,
      ),
      deadlineMs: MENU_MS,
    },
    {
      name: 'leave Xen',
      does: 'Start the plain system.',
      done: shell`[ "$(cat /sys/hypervisor/type 2>/dev/null)" != xen ]`,
      script: shell`:`,
      deadlineMs: 60_000,
      restarts: true,
    },
    dropTinyGuest('xen'),
    dropPackages('xen', { deadlineMs: INITRD_MS }),
    {
      name: 'tidy the boot loader',
      does: "Have GRUB write its menu without the hypervisor, and remove GRUB's modules, where they were brought.",
      done: shell`! grep -Eq ${XEN_ENTRY} /boot/grub/grub.cfg && [ ! -e ${MODULES_OURS} ] && [ ! -e ${LEAVING} ]`,
      script: lines(
        shell`rm -f ${LEAVING}`,
        shell`update-grub`,
        shell`if [ -e ${MODULES_OURS} ]; then rm -rf ${MODULES}; fi`,
      ),
      deadlineMs: MENU_MS,
    },
  ],
};

/** A cloud kernel has no entry for Xen; this one has. */
export function kernelOf(system: string): string {
  return system.startsWith('ubuntu/') ? 'linux-image-generic' : 'linux-image-amd64';
}

/** It stays when the layer goes: nothing takes away the kernel that runs. One that is there keeps its version. */
function bringKernel({ system, packageProxy }: Context): LayerStep {
  const kernel = kernelOf(system);
  return {
    name: 'bring a kernel for dom0',
    does: `Install ${kernel}, unless it is there: small kernels for clouds cannot be dom0.`,
    done: isInstalled(kernel),
    script: aptGet(packageProxy, '--no-install-recommends', 'install', kernel),
    deadlineMs: INITRD_MS,
  };
}

export function grubText({ dom0Memory, dom0Cpus }: Pick<Parameters, 'dom0Memory' | 'dom0Cpus'>): string {
  const cpus = dom0Cpus === undefined ? '' : ` dom0_max_vcpus=${dom0Cpus} dom0_vcpus_pin`;
  return `# Written by Rackwright for the layer xen.
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=${dom0Memory}M,max:${dom0Memory}M${cpus} com1=115200,8n1 console=com1,vga"
# What dom0 says goes through the hypervisor to both screens.
GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT console=tty0 console=hvc0"
GRUB_DISABLE_OS_PROBER=true
`;
}

const entered = shell`[ "$(cat /sys/hypervisor/type 2>/dev/null)" = xen ] && xl info >/dev/null 2>&1`;

/** Under the hypervisor the kernel sees its own share alone. */
const memoryOfMachine = shell`$(if ${entered}; then xl info total_memory; else echo ${memoryOfKernel}; fi)`;

function writeGrub({ parameters: values }: Context): LayerStep {
  const text = grubText(values);
  return {
    name: 'make Xen the first to start',
    does: `Write ${GRUB}, put Xen before the plain kernel, and have GRUB write its menu.`,
    done: shell`${hasText(GRUB, text)} && [ ! -e ${LEAVING} ] && [ -e ${PLACE_FIRST} ] && { [ ! -d /sys/firmware/efi ] || [ -e ${MODULES}/multiboot2.mod ]; } && [ "$(cat ${WRITTEN} 2>/dev/null)" = "$(sha256sum <${GRUB})" ]`,
    script: lines(
      shell`rm -f ${LEAVING}`,
      putText(GRUB, text),
      shell`[ -e ${PLACE_FIRST} ] || dpkg-divert --quiet --add --rename --divert ${PLACE_FIRST} ${PLACE}`,
      shell`if [ -d /sys/firmware/efi ] && [ ! -e ${MODULES}/multiboot2.mod ]; then
  mkdir -p ${MODULES}
  : >${MODULES_OURS}
  cp ${MODULES_KEPT}/*.mod ${MODULES_KEPT}/*.lst ${MODULES}/
fi`,
      shell`update-grub`,
      shell`grep -Eq ${XEN_ENTRY} /boot/grub/grub.cfg || { echo "GRUB found no hypervisor to start"; exit 1; }`,
      shell`mkdir -p /var/lib/rackwright /run/rackwright`,
      // What the machine runs with until it is started anew.
      shell`[ -e /run/rackwright/xen-grub ] || cp ${WRITTEN} /run/rackwright/xen-grub 2>/dev/null || echo none >/run/rackwright/xen-grub`,
      shell`sha256sum <${GRUB} >${WRITTEN}`,
    ),
    deadlineMs: MENU_MS,
  };
}
