export type { TftpEvent } from './events.ts';
export { tableLookup, type TftpFile, type TftpLookup } from './files.ts';
export { startTftpServer, type TftpServer, type TftpServerOptions } from './server.ts';
