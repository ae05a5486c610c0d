import { createHash } from 'node:crypto';
import type { HardwareIdentity } from './machine.ts';

/** From the hardware alone: two hellos of one new machine at the same time make one machine. */
export function newMachineId({ uuid, serial, macs }: HardwareIdentity): string {
  const digest = createHash('sha256').update([uuid, serial, macs[0]].join('\n')).digest('hex');
  return `m-${digest.slice(0, 8)}`;
}
