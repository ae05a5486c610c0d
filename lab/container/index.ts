export { containersDown } from './down.ts';
export { loadContainers } from './record.ts';
export type { ContainerMachine, ContainerOrder, ContainerRack, ContainerSpec } from './types.ts';
export { containersUp } from './up.ts';
