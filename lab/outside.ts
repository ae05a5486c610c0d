import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { archiveHosts, hostAptProxy, hostAptSources } from './apt-sources.ts';
import { hostRelease } from './image/host-release.ts';
import { listen } from './outside/listen.ts';
import { packageProxy, type PackageProxyConfig } from './outside/package-proxy.ts';
import { listTree, treeHandler } from './outside/tree.ts';

export const PROXY_PORT = 3142;

/** What a rack has instead of a way out: the image stream, and the package archive by proxy. */
export interface OutsideConfig extends PackageProxyConfig {
  readonly address: string;
  readonly streamPort: number;
  readonly proxyPort: number;
  readonly streamDirectory: string;
}

export async function outsideConfig(
  address: string,
  streamDirectory: string,
  labDirectory: string,
): Promise<OutsideConfig> {
  return {
    address,
    streamPort: 8081,
    proxyPort: PROXY_PORT,
    streamDirectory,
    ...(await packageProxyConfig(labDirectory)),
  };
}

/** To the archives that the host itself uses, with one cache for all racks of the lab. */
export async function packageProxyConfig(labDirectory: string): Promise<PackageProxyConfig> {
  const { codename } = await hostRelease();
  const upstreamProxy = await hostAptProxy();
  return {
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
