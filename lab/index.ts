export {
  type ContainerMachine,
  type ContainerOrder,
  type ContainerRack,
  type ContainerSpec,
  containersDown,
  containersUp,
  loadContainers,
} from './container/index.ts';
export { down } from './down.ts';
export { buildStream, type ImageStream } from './image/build-stream.ts';
export { LAB_PACKAGES } from './packages.ts';
export { powerOn } from './power-on.ts';
export { pullDisks } from './pull-disk.ts';
export { firmwareStarts } from './rack/firmware-starts.ts';
export { loadRack } from './rack/record.ts';
export { type RackStatus, status } from './status.ts';
export type { DiskSpec, MachineSpec, Rack, RackMachine, Report } from './types.ts';
export { type RackOrder, up } from './up.ts';
