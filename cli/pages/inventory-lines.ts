import type { Inventory } from '../../model/index.ts';
import { bytes, clean } from '../text.ts';

export interface InventoryView {
  readonly at: string;
  readonly inventory: Inventory;
}

/** What a machine is, in a few lines. */
export function inventoryLines({ inventory }: InventoryView): readonly string[] {
  const { system, cpu, memory, disks, nics, firmware } = inventory;
  const sockets = cpu.sockets > 1 ? `${cpu.sockets} × ` : '';
  return [
    `${clean(system.vendor)} ${clean(system.product)}, serial ${clean(system.serial)}, ${firmware.mode} ${clean(firmware.version)}`,
    `${sockets}${clean(cpu.model)}, ${cpu.cores} cores, ${cpu.threads} threads, ${bytes(memory.bytes)} memory`,
    ...disks.map(
      (disk) =>
        `${clean(disk.name)}  ${bytes(disk.size)} ${disk.rotational ? 'disk' : 'flash'}, ${clean(disk.model)}, serial ${clean(disk.serial)}` +
        (disk.holds.length > 0 ? `, holds ${disk.holds.map(clean).join(', ')}` : ''),
    ),
    ...nics.map(
      (nic) =>
        `${clean(nic.name)}  ${nic.mac}, ${nic.link ? `link${nic.speed ? ` ${nic.speed} Mbit/s` : ''}` : 'no link'}` +
        (nic.neighbour ? `, ${clean(nic.neighbour.system)} ${clean(nic.neighbour.port)}` : ''),
    ),
  ];
}
