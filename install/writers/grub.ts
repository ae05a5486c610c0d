import type { DeployPlan } from '../../model/index.ts';
import { quoteWord } from '../../remote/index.ts';
import type { InstallIdentifiers } from '../identifiers.ts';
import { checkKernelArguments } from '../plan/kernel-arguments.ts';
import { bootOf, fileSystemAt, rootOf } from '../plan/storage/find.ts';

/** What the kernel is started with, by GRUB and by kexec alike. */
export function commandLine({ storage, kernelArguments }: DeployPlan, ids: InstallIdentifiers): string {
  const root = rootOf(storage);
  const pool = storage.pools.find(({ name }) => name === root.on);
  const where = pool ? `root=ZFS=${pool.name}/${pool.dataset}` : `root=UUID=${ids.fileSystem(root)}`;
  // dracut.cmdline(7): puts arrays and groups together that nobody has named; nothing to initramfs-tools.
  const together = storage.arrays.length + storage.groups.length > 0 ? ['rd.auto'] : [];
  return [where, 'ro', ...together, ...checkKernelArguments(kernelArguments)].join(' ');
}

/**
 * A grub.cfg of our own: `update-grub` takes half a minute on an emulated processor, and this says the same. It stands where
 * the distribution's own will stand, so the first `update-grub` (a new kernel) replaces it whole.
 * Below a first line `set kernel=VERSION`, which the machine writes: only it knows which kernel the image has.
 */
export function grubConfigText(plan: DeployPlan, ids: InstallIdentifiers): string {
  const directory = bootPath(plan);
  return [
    '# Written by Rackwright when it installed this machine; update-grub replaces it.',
    'set timeout=1',
    ...serialConsole(plan),
    ...grubModules(plan).map((name) => `insmod ${name}`),
    `search --no-floppy --fs-uuid --set=root ${ids.fileSystem(bootOf(plan.storage))}`,
    `menuentry ${grubWord(plan.image.name)} {`,
    // The words of the command line mean themselves to GRUB: see the grammar of kernel arguments.
    `  linux ${directory}/vmlinuz-$kernel ${commandLine(plan, ids)}`,
    `  initrd ${directory}/initrd.img-$kernel`,
    '}',
    '',
  ].join('\n');
}

/** Where GRUB finds what is in /boot, on the file system that it is on. */
function bootPath({ storage }: DeployPlan): string {
  return fileSystemAt(storage, '/boot') ? '' : '/boot';
}

/** Of what /boot lies on; signed GRUB has them built in, and takes no others. */
function grubModules({ storage }: DeployPlan): string[] {
  const boot = bootOf(storage);
  const group = storage.groups.find(({ volumes }) => volumes.some(({ name }) => name === boot.on));
  const below = group ? group.members : [boot.on];
  const array = storage.arrays.find(({ name }) => below.includes(name));
  const parity = { raid5: ['raid5rec'], raid6: ['raid6rec'], raid0: [], raid1: [], raid10: [] } as const;
  return [
    ...(array ? ['mdraid1x', ...parity[array.level]] : []),
    ...(group ? ['lvm'] : []),
    ...(boot.kind === 'xfs' || boot.kind === 'btrfs' ? [boot.kind] : []),
  ];
}

/** Beside the loader on the EFI system partition; signed GRUB looks for it in the directory of its distribution. */
export function grubStubText(plan: DeployPlan, bootUuid: string): string {
  return [
    `search.fs_uuid ${bootUuid} root`,
    `set prefix=($root)'${bootPath(plan)}/grub'`,
    'configfile $prefix/grub.cfg',
    '',
  ].join('\n');
}

/** /etc/default/grub.d: keeps our arguments when the distribution writes its own grub.cfg. A shell sources it. */
export function grubDefaultsText(plan: DeployPlan): string {
  const words = checkKernelArguments(plan.kernelArguments).join(' ');
  return [
    '# Written by Rackwright when it installed this machine.',
    "GRUB_CMDLINE_LINUX_DEFAULT=''",
    `GRUB_CMDLINE_LINUX=${quoteWord(words)}`,
    'GRUB_TIMEOUT=1',
    'GRUB_DISABLE_OS_PROBER=true',
    '',
  ].join('\n');
}

/** UEFI firmware mirrors its console to the serial port itself; a BIOS leaves that to GRUB. */
function serialConsole(plan: DeployPlan): string[] {
  if (plan.firmware === 'uefi') return [];
  for (const argument of plan.kernelArguments) {
    const [, unit, speed] = /^console=ttyS([0-3])(?:,(\d{4,6})\D?.*)?$/.exec(argument) ?? [];
    if (unit !== undefined) {
      return [
        `serial --unit=${unit} --speed=${speed ?? '9600'}`,
        'terminal_input console serial',
        'terminal_output console serial',
      ];
    }
  }
  return [];
}

/** GRUB manual, section "Quoting": nothing is special between single quotes, and no quote can be among them. */
export function grubWord(text: string): string {
  if (/^[A-Za-z0-9_.,:=/@%+-]+$/.test(text)) return text;
  if (/['\u0000-\u001f\u007f]/.test(text)) throw new RangeError('GRUB cannot quote this text');
  return `'${text}'`;
}
