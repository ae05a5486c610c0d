import { homedir } from 'node:os';
import { join } from 'node:path';
import type { MachineSpec } from './types.ts';

/** Where the lab keeps what it builds, so that it is built once. */
export function labDirectory(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright', 'lab');
}

/** The rack of `rackwright lab up` and of the demo: one machine of each firmware. */
export function defaultMachines(): readonly MachineSpec[] {
  return (['bios', 'uefi'] as const).map((firmware, index) => ({
    name: `r1-u${index + 1}`,
    firmware,
    disks: [{ bus: 'virtio', bytes: 8 * 1024 ** 3 }],
    memoryMiB: 2048,
    cpus: 2,
    macs: [`52:54:00:78:00:1${index}`],
    uuid: `5c0f0000-0000-4000-8000-00000000000${index + 1}`,
    serial: `RW000${index + 1}`,
  }));
}
