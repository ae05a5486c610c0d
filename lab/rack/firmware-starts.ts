import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RackMachine } from '../types.ts';

/**
 * How often a machine's firmware has started: power-ons that started QEMU, and resets, whoever asked for them.
 * A kexec is none. That is what a machine's life costs on real servers.
 */
export function firmwareStarts(machine: Pick<RackMachine, 'directory'>): number {
  const read = (name: string) => {
    try {
      return readFileSync(join(machine.directory, name), 'utf8');
    } catch {
      // Never powered on.
      return '';
    }
  };
  return countStarts(read('firmware.log'), read('events.log') + read('events.out'));
}

/** SeaBIOS itself resets the machine up to twice more after a reset; no firmware gets through a start in this time. */
const ONE_START_SECONDS = 2;

export function countStarts(firmwareLog: string, events: string): number {
  const starts = [...firmwareLog.matchAll(/^(\d+) start$/gm)].map((match) => Number(match[1]));
  const resets = events.split('\n').flatMap(resetTime);
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const time of [...starts, ...resets].sort((a, b) => a - b)) {
    if (time - last > ONE_START_SECONDS) count++;
    last = time;
  }
  return count;
}

/** docs/interop/qmp-spec.txt, section 2.5; the event RESET is in qapi/run-state.json. QEMU may be writing the last one. */
function resetTime(line: string): number[] {
  const match = /"seconds": (\d+), "microseconds": (\d+)\}, "event": "RESET"/.exec(line);
  return match === null ? [] : [Number(match[1]) + Number(match[2]) / 1e6];
}
