import type { Inventory } from '../model/index.ts';
import { parseCpu } from './cpu.ts';
import { parseDisks } from './disks.ts';
import { parseSystem } from './dmi.ts';
import { invalid } from './limits.ts';
import { parseMemory } from './memory.ts';
import { parseNics } from './nics.ts';
import { parseNuma } from './numa.ts';
import { gpusOf, parsePci } from './pci.ts';
import { splitSections } from './sections.ts';
import { parseUsb } from './usb.ts';

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
  const may = (name: string) => sections.get(name) ?? '';
  const { arch, ...machine } = parseSystem(section('system'));
  const pci = parsePci(may('pci'), may('pci-names'));
  return {
    format: 'inventory:2',
    ...machine,
    cpu: parseCpu(section('cpu'), arch),
    memory: parseMemory(section('memory'), section('memory-modules')),
    numa: parseNuma(may('numa')),
    disks: parseDisks(section('disks'), { paths: may('disk-paths'), health: may('disk-health') }),
    nics: parseNics(section('nics'), may('nic-details')),
    pci,
    usb: parseUsb(may('usb')),
    gpus: gpusOf(pci),
    ...(bmc === undefined ? {} : { bmc }),
  };
}
