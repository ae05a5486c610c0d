import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageProxyConfig, PROXY_PORT } from '../outside.ts';
import { listen } from '../outside/listen.ts';
import { packageProxy, type PackageProxyConfig } from '../outside/package-proxy.ts';
import { BRIDGE } from '../rack/network.ts';
import { ensureConfigured } from '../rack/processes.ts';
import { awaitHttp } from '../rack/ready.ts';
import { machineId } from './names.ts';
import { deviceNodes } from './nspawn.ts';
import { POWER_PORT, powerHandler } from './power-server.ts';
import { SHUTDOWN_MS, superviseMachine } from './supervise.ts';
import type { ContainerRack } from './types.ts';

/** All that the rack's one process needs to know; the token is in a file of its own. */
export interface ServiceConfig {
  readonly address: string;
  readonly namespace: string;
  readonly tokenFile: string;
  readonly packages: PackageProxyConfig;
  readonly machines: readonly {
    readonly name: string;
    readonly id: string;
    readonly root: string;
    readonly memoryMiB?: number;
  }[];
}

export const SERVICE = 'service';
/** It stops its machines before it ends; each may take this long until its plug is pulled. */
export const SERVICE_GRACE_MS = SHUTDOWN_MS + 5_000;

export const tokenFile = (rackDirectory: string): string => join(rackDirectory, 'power-token');

/** Returns when it answers. All its machines start with it. */
export async function ensureService(rack: ContainerRack, labDirectory: string): Promise<void> {
  const { directory } = rack;
  const config: ServiceConfig = {
    address: rack.hostAddress,
    namespace: rack.namespace,
    tokenFile: tokenFile(directory),
    packages: { ...(await packageProxyConfig(labDirectory)), nearAddress: rack.hostAddress },
    machines: rack.machines.map(({ name, root, memoryMiB }) => ({
      name,
      id: machineId(rack.name, name),
      root,
      ...(memoryMiB !== undefined && { memoryMiB }),
    })),
  };
  const main = fileURLToPath(new URL('rack-main.ts', import.meta.url));
  await ensureConfigured({ directory, name: SERVICE, main, config, graceMs: SERVICE_GRACE_MS });
  await awaitHttp(`http://${rack.hostAddress}:${POWER_PORT}/`, join(directory, `${SERVICE}.log`));
}

/** Listens, starts every machine, and returns how to end all of it in order. */
export async function serveContainers(config: ServiceConfig): Promise<() => Promise<void>> {
  const token = (await readFile(config.tokenFile, 'utf8')).trim();
  const devices = await deviceNodes();
  const machines = new Map(
    config.machines.map(({ name, ...machine }) => {
      const consoleLog = join(dirname(machine.root), 'console.log');
      const place = { hostname: name, namespace: config.namespace, bridge: BRIDGE, devices, consoleLog };
      return [name, superviseMachine({ ...machine, ...place })];
    }),
  );
  const proxy = createServer(await packageProxy(config.packages));
  const power = createServer(powerHandler(token, machines));
  await listen(proxy, PROXY_PORT, config.address);
  await listen(power, POWER_PORT, config.address);
  for (const machine of machines.values()) machine.on();
  return async () => {
    power.close();
    await Promise.all([...machines.values()].map((machine) => machine.end()));
    proxy.close();
  };
}
