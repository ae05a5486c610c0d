import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RackMachine } from '../types.ts';

/**
 * How often a machine's firmware has started: power-ons and resets, whoever asked for them; each is a QEMU of its own.
 * A kexec is none. That is what a machine's life costs on real servers.
 */
export function firmwareStarts(machine: Pick<RackMachine, 'directory'>): number {
  try {
    return readFileSync(join(machine.directory, 'firmware.log'), 'utf8').match(/ start$/gm)?.length ?? 0;
  } catch {
    // Never powered on.
    return 0;
  }
}
