export type { BootPolicy } from './boot-file.ts';
export type { DhcpEvent } from './events.ts';
export { type DhcpServer, type DhcpServerOptions, startDhcpServer } from './server.ts';
export type { Lease } from './world.ts';
