import type { Disk, Inventory, Nic } from '../../model/index.ts';
import { bytes, clean } from '../text.ts';

export interface InventoryView {
  readonly at: string;
  readonly inventory: Inventory;
}

/** What a machine is, in a few lines. */
export function inventoryLines({ inventory }: InventoryView): readonly string[] {
  const { system, cpu, memory, disks, nics, gpus, numa } = inventory;
  const sockets = cpu.sockets > 1 ? `${cpu.sockets} × ` : '';
  const nodes = numa.length > 1 ? ` in ${numa.length} NUMA nodes` : '';
  return [
    `${clean(system.vendor)} ${clean(system.product)}, serial ${clean(system.serial)}, ${firmwareWords(inventory)}`,
    `${sockets}${clean(cpu.model)}, ${cpu.cores} cores, ${cpu.threads} threads, ${bytes(memory.bytes)} memory${nodes}`,
    ...moduleLine(memory.modules),
    ...gpus.map(({ name }) => `graphics ${clean(name)}`),
    ...disks.map(diskLine),
    ...nics.map(nicLine),
  ];
}

function firmwareWords({ firmware, tpm }: Inventory): string {
  const secure = firmware.secureBoot ? `, secure boot ${firmware.secureBoot}` : '';
  return `${firmware.mode} ${clean(firmware.version)}${secure}${tpm ? `, TPM ${clean(tpm.version)}` : ''}`;
}

/** `memory in 8 modules: 8 × 64 GiB DDR4`: who looks for one module asks for the document. */
function moduleLine(modules: Inventory['memory']['modules']): readonly string[] {
  if (modules.length < 2) return [];
  const kinds = Map.groupBy(modules, (module) => `${bytes(module.bytes)} ${clean(module.kind)}`);
  return [
    `memory in ${modules.length} modules: ${[...kinds].map(([kind, { length }]) => `${length} × ${kind}`).join(', ')}`,
  ];
}

function diskLine(disk: Disk): string {
  const { health } = disk;
  const worn = health?.worn === undefined ? '' : `, ${health.worn} % worn`;
  return (
    `${clean(disk.name)}  ${bytes(disk.size)} ${disk.rotational ? 'disk' : 'flash'}, ${clean(disk.model)}, serial ${clean(disk.serial)}` +
    (health ? `, health ${health.verdict}${worn}` : '') +
    (disk.holds.length > 0 ? `, holds ${disk.holds.map(clean).join(', ')}` : '')
  );
}

function nicLine(nic: Nic): string {
  return (
    `${clean(nic.name)}  ${nic.mac}, ${nic.link ? `link${nic.speed ? ` ${nic.speed} Mbit/s` : ''}` : 'no link'}` +
    (nic.neighbour ? `, ${clean(nic.neighbour.system)} ${clean(nic.neighbour.port)}` : '')
  );
}
