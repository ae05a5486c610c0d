export { localGrubConfiguration } from './ipxe.ts';
export type { BootHttpEvent, BootHttpOptions } from './options.ts';
export { tokenHash } from './seed-route.ts';
export { bootRoutePatterns, serveBootHttp } from './server.ts';
