import { wireMachine } from './rack/machine.ts';
import type { Rack } from './types.ts';

/** What a technician does: takes these disks out of a machine, and puts all others in. It shows at the next power-on. */
export async function pullDisks(rack: Rack, name: string, numbers: readonly number[]): Promise<void> {
  const index = rack.machines.findIndex((machine) => machine.name === name);
  const machine = rack.machines[index];
  if (machine === undefined) throw new Error(`rack ${rack.name} has no machine ${name}`);
  await wireMachine(machine, index, rack.accelerator, new Set(numbers));
}
