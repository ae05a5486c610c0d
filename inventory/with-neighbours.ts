import type { Inventory } from '../model/index.ts';
import { parseNeighbours } from './lldp.ts';
import { splitSections } from './sections.ts';

/** Output of the neighbours script, laid beside the cards that they were seen on. */
export function withNeighbours(inventory: Inventory, output: string): Inventory {
  const neighbours = parseNeighbours(splitSections(output).get('neighbours') ?? '');
  const nics = inventory.nics.map((nic) => {
    const neighbour = neighbours.get(nic.name);
    return neighbour === undefined ? nic : { ...nic, neighbour };
  });
  return { ...inventory, nics };
}
