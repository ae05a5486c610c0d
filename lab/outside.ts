import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { archiveHosts, hostAptProxy, hostAptSources } from './apt-sources.ts';
import { hostRelease } from './image/host-release.ts';
import { packageProxy } from './outside/package-proxy.ts';
import { listTree, treeHandler } from './outside/tree.ts';

/** What a rack has instead of a way out: the image stream, and the package archive by proxy. */
export interface OutsideConfig {
  readonly address: string;
  readonly streamPort: number;
  readonly proxyPort: number;
  readonly streamDirectory: string;
  readonly cacheDirectory: string;
  /** The only hosts that the proxy speaks to. */
  readonly archiveHosts: readonly string[];
  /** The host's own proxy, if it has one. */
  readonly upstreamProxy?: string;
}

export async function outsideConfig(
  address: string,
  streamDirectory: string,
  labDirectory: string,
): Promise<OutsideConfig> {
  const { codename } = await hostRelease();
  const upstreamProxy = await hostAptProxy();
  return {
    address,
    streamPort: 8081,
    proxyPort: 3142,
    streamDirectory,
    cacheDirectory: join(labDirectory, 'packages'),
    archiveHosts: archiveHosts(await hostAptSources(codename)),
    ...(upstreamProxy === undefined ? {} : { upstreamProxy }),
  };
}

/** Both servers, listening. */
export async function serveOutside(config: OutsideConfig): Promise<readonly Server[]> {
  const stream = createServer(treeHandler(await listTree(config.streamDirectory)));
  const proxy = createServer(await packageProxy(config));
  await listen(stream, config.streamPort, config.address);
  await listen(proxy, config.proxyPort, config.address);
  return [stream, proxy];
}

async function listen(server: Server, port: number, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
}
