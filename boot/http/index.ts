export { localGrubConfiguration } from './ipxe.ts';
export { tokenHash } from './seed-route.ts';
export { type BootHttpEvent, type BootHttpOptions, bootRoutePatterns, serveBootHttp } from './server.ts';
