import type { MachineSpec, Rack } from '../types.ts';
import { BMC_SOL_PORT, BMC_VM_PORT } from './bmc-config.ts';

/** KVM is proven with the processor that it is used with. */
export const KVM_PROCESSOR = 'host';

export interface MachineWiring {
  readonly tap: string;
  readonly bmcAddress: string;
  readonly accelerator: Rack['accelerator'];
  /** Of the firmware, on the host; the machine's own variables are beside its disk. */
  readonly ovmfCode: string;
  readonly first: 'network' | 'disk';
}

/** QEMU's arguments, one a line of a file that the `start` hook reads. Files are relative to the machine's directory. */
export function qemuArguments(spec: MachineSpec, wiring: MachineWiring): string[] {
  const networkIndex = wiring.first === 'network' ? 1 : 9;
  const tcg = wiring.accelerator === 'tcg';
  const uefi = spec.firmware === 'uefi';
  // Without iPXE's ROM OVMF uses its own PXE client, as a real UEFI machine does.
  const rom = uefi ? ',romfile=' : '';
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
    ['-nodefaults'],
    ['-uuid', spec.uuid],
    [
      '-smbios',
      `type=1,manufacturer=Rackwright,product=Lab ${spec.firmware},serial=${spec.serial},uuid=${spec.uuid}`,
    ],
    ['-smbios', `type=3,manufacturer=Rackwright,serial=${spec.serial}`],
    ...(uefi ? flash(wiring.ovmfCode) : []),
    ['-netdev', `tap,id=net0,ifname=${wiring.tap},script=no,downscript=no`],
    ['-device', `virtio-net-pci,id=nic0,netdev=net0,mac=${spec.mac},bootindex=${networkIndex}${rom}`],
    ['-drive', 'if=none,id=disk0,file=disk.raw,format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap'],
    ['-device', `virtio-blk-pci,id=blk0,drive=disk0,serial=${spec.serial}-0,bootindex=5`],
    ['-device', 'virtio-rng-pci'],
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
