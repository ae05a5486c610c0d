import { join } from 'node:path';
import { execa } from 'execa';
import type { Rack } from './types.ts';

/** What a technician does: presses the button. It is an order like the BMC's own and counted with them. */
export async function powerOn(rack: Rack, name: string): Promise<void> {
  const machine = rack.machines.find((machine) => machine.name === name);
  if (machine === undefined) throw new Error(`rack ${rack.name} has no machine ${name}`);
  const hook = join(machine.directory, 'chassis');
  // In the rack's network, because the machine that it starts inherits it.
  await execa('ip', ['netns', 'exec', rack.namespace, hook, machine.name, 'set', 'power', '1']);
}
