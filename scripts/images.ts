import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { temporalBinary } from '../worker/temporal-binary.ts';
import { cacheDirectory } from './cache.ts';
import { baseImage } from './stand-ins/base.ts';
import { buildStandIn } from './stand-ins/build.ts';
import { serverParts } from './stand-ins/go-programs.ts';
import { postgres } from './stand-ins/postgres.ts';
import { rackwright } from './stand-ins/rackwright.ts';
import { temporalImages } from './stand-ins/temporal.ts';

export interface ImagesOptions {
  /** Of the engine that shall have them. */
  readonly socket: string;
  /** Builds the real Temporal server when it is not there yet. */
  readonly whole: boolean;
  readonly report: (line: string) => void;
}

export const containerCache = (): string => join(cacheDirectory(), 'containers');

/**
 * Images under the names that docker-compose.yml asks for, where these cannot be pulled: made of the distribution's
 * packages and Go modules.
 * @returns which Temporal server stands in: the real one on PostgreSQL, or the small one on a file of its own.
 */
export async function buildImages({ socket, whole, report }: ImagesOptions): Promise<'real' | 'small'> {
  const cache = containerCache();
  await baseImage(socket, cache, report);
  const parts = await serverParts(cache, whole, report);
  const cli = await temporalBinary(cacheDirectory(), report);
  for (const standIn of [postgres, rackwright, ...temporalImages(cli, parts)]) {
    report(`Image ${standIn.name}`);
    await buildStandIn(socket, standIn);
  }
  return parts ? 'real' : 'small';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { socket: { type: 'string', default: '/var/run/docker.sock' }, whole: { type: 'boolean' } },
  });
  const server = await buildImages({
    socket: values.socket,
    whole: values.whole ?? false,
    report: (line) => console.log(line),
  });
  console.log(`Temporal: the ${server} server`);
}
