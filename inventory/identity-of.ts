import type { HardwareIdentity, Inventory } from '../model/index.ts';

export function identityOf(inventory: Inventory): HardwareIdentity {
  const macs = [...new Set(inventory.nics.map(({ mac }) => mac))].toSorted();
  return { uuid: inventory.system.uuid, serial: inventory.system.serial, macs };
}
