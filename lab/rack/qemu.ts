import type { DiskSpec, MachineSpec, Rack } from '../types.ts';
import { BMC_SOL_PORT, BMC_VM_PORT } from './bmc-config.ts';
import { diskFile } from './disks.ts';

/** KVM is proven with the processor that it is used with. */
export const KVM_PROCESSOR = 'host';

export interface MachineWiring {
  /** Of its cards, in their order. */
  readonly taps: readonly string[];
  readonly bmcAddress: string;
  readonly accelerator: Rack['accelerator'];
  /** Of the firmware, on the host; the machine's own variables are beside its disk. */
  readonly ovmfCode: string;
  readonly first: 'network' | 'disk';
  /** Disks that somebody has pulled out, by their number. */
  readonly pulled?: ReadonlySet<number>;
}

/** QEMU's arguments, one a line of a file that the `start` hook reads. Files are relative to the machine's directory. */
export function qemuArguments(spec: MachineSpec, wiring: MachineWiring): string[] {
  const networkIndex = wiring.first === 'network' ? 1 : 99;
  const tcg = wiring.accelerator === 'tcg';
  const uefi = spec.firmware === 'uefi';
  return [
    ['-name', spec.name],
    ['-machine', 'q35'],
    ['-accel', tcg ? 'tcg,thread=multi' : 'kvm'],
    // qemu64: `max` makes TCG emulate vector instructions, which costs 8 to 15 s a boot. Without RDRAND, which every
    // server has, a boot waits for randomness.
    ['-cpu', tcg ? 'qemu64,+rdrand' : KVM_PROCESSOR],
    ['-smp', String(spec.cpus)],
    ['-m', String(spec.memoryMiB)],
    ['-display', 'none'],
    // It ends at a reset, and the machine's `start` begins it anew.
    ['-action', 'reboot=shutdown'],
    ['-nodefaults'],
    ['-uuid', spec.uuid],
    [
      '-smbios',
      `type=1,manufacturer=Rackwright,product=Lab ${spec.firmware},serial=${spec.serial},uuid=${spec.uuid}`,
    ],
    ['-smbios', `type=3,manufacturer=Rackwright,serial=${spec.serial}`],
    ...(uefi ? flash(wiring.ovmfCode) : []),
    ...wiring.taps.flatMap((tap, card) => networkCard(spec, card, tap, networkIndex)),
    ...(spec.disks.some(({ bus }) => bus === 'scsi') ? [['-device', 'virtio-scsi-pci,id=scsi0']] : []),
    ...spec.disks.flatMap((disk, number) =>
      wiring.pulled?.has(number) ? [] : diskDrive(disk, number, `${spec.serial}-${number}`),
    ),
    ['-device', 'virtio-rng-pci'],
    ...(spec.graphics ? [['-device', 'VGA']] : []),
    ['-chardev', `socket,id=ipmi0,host=${wiring.bmcAddress},port=${BMC_VM_PORT},reconnect=10`],
    ['-device', 'ipmi-bmc-extern,id=bmc0,chardev=ipmi0'],
    ['-device', 'isa-ipmi-kcs,bmc=bmc0'],
    [
      '-chardev',
      `socket,id=sol,host=${wiring.bmcAddress},port=${BMC_SOL_PORT},server=on,wait=off,logfile=serial.log,logappend=on`,
    ],
    ['-serial', 'chardev:sol'],
    ['-qmp', 'unix:qmp,server=on,wait=off'],
    ['-chardev', 'pipe,id=events,path=events'],
    ['-mon', 'chardev=events,mode=control'],
  ].flat();
}

function flash(code: string): string[][] {
  return [
    ['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${code}`],
    ['-drive', 'if=pflash,unit=1,format=raw,file=vars.fd'],
  ];
}

/** Without iPXE's ROM OVMF uses its own PXE client, as a real UEFI machine does. Only the first card is booted over. */
function networkCard({ firmware, macs }: MachineSpec, card: number, tap: string, index: number): string[][] {
  const rom = firmware === 'uefi' || card > 0 ? ',romfile=' : '';
  const boot = card === 0 ? `,bootindex=${index}` : '';
  return [
    ['-netdev', `tap,id=net${card},ifname=${tap},script=no,downscript=no`],
    ['-device', `virtio-net-pci,id=nic${card},netdev=net${card},mac=${macs[card]}${boot}${rom}`],
  ];
}

const models: Readonly<Record<DiskSpec['bus'], string>> = {
  virtio: 'virtio-blk-pci',
  scsi: 'scsi-hd,bus=scsi0.0',
  nvme: 'nvme',
};

function diskDrive({ bus }: DiskSpec, number: number, serial: string): string[][] {
  const file = `file=${diskFile(number)},format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap`;
  return [
    ['-drive', `if=none,id=disk${number},${file}`],
    [
      '-device',
      `${models[bus]},id=blk${number},drive=disk${number},serial=${serial},bootindex=${5 + number}`,
    ],
  ];
}
