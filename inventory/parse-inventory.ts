import type { Inventory } from '../model/index.ts';
import { parseCpu } from './cpu.ts';
import { parseDisks } from './disks.ts';
import { parseSystem } from './dmi.ts';
import { invalid } from './limits.ts';
import { parseMemory } from './memory.ts';
import { parseNics } from './nics.ts';
import { splitSections } from './sections.ts';

/**
 * Output of the collecting script → what the machine is. `bmc` is what `power/` found out from inside the machine.
 * @throws CodedError REMOTE_OUTPUT_REFUSED beyond a limit, INVENTORY_INVALID naming the field
 */
export function parseInventory(output: string, bmc?: Inventory['bmc']): Inventory {
  const sections = splitSections(output);
  const section = (name: string) => {
    const text = sections.get(name);
    if (text === undefined) throw invalid(name, 'is missing from the output');
    return text;
  };
  // The last frame says that nothing was cut off.
  section('end');
  const { arch, firmware, system } = parseSystem(section('system'));
  return {
    format: 'inventory:1',
    firmware,
    system,
    cpu: parseCpu(section('cpu'), arch),
    memory: parseMemory(section('memory'), section('memory-modules')),
    disks: parseDisks(section('disks')),
    nics: parseNics(section('nics')),
    ...(bmc === undefined ? {} : { bmc }),
  };
}
