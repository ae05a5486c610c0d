export { buildStream, type ImageStream } from './image/build-stream.ts';
export { LAB_PACKAGES } from './packages.ts';
export { firmwareStarts } from './rack/firmware-starts.ts';
export { down, loadRack, powerOn, type RackOrder, type RackStatus, status, up } from './rack.ts';
export type { MachineSpec, Rack, RackMachine, Report } from './types.ts';
