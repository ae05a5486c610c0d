export { collectScript } from './collect-script.ts';
export { identityOf } from './identity-of.ts';
export { neighboursScript } from './neighbours-script.ts';
export { parseInventory } from './parse-inventory.ts';
export { withNeighbours } from './with-neighbours.ts';
