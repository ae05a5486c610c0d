import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ProcessMark, ensureDaemon, endAll, isRunning, readMark } from './rack/processes.ts';
import type { Rack } from './types.ts';

/** The program itself, running beside a rack as it would beside a real one: inside the rack's network. */
export interface Service {
  readonly dataDirectory: string;
  readonly log: string;
}

export const RACKWRIGHT = fileURLToPath(new URL('../cli/rackwright', import.meta.url));
/** PGlite, the Temporal server and the bundle of workflows, on a busy emulated host. */
const READY_MS = 180_000;

/** Starts `rackwright up` in the rack's network, unless it runs. Returns when its API answers. */
export async function startService(rack: Rack, more: readonly string[] = []): Promise<Service> {
  const service = await startRole(rack, 'up', ['--rack-address', rack.serverAddress, ...more]);
  const mark = await serviceMark(rack, 'up');
  const deadline = Date.now() + READY_MS;
  while (!(await answers(join(service.dataDirectory, 'api.sock')))) {
    const alive = mark !== undefined && (await isRunning(mark));
    if (!alive || Date.now() > deadline)
      throw new Error(`the service does not come up; its log is ${service.log}`);
    await sleep(100);
  }
  return service;
}

/** One process of the program beside this rack, on the rack's own data. */
export async function startRole(rack: Rack, name: string, more: readonly string[]): Promise<Service> {
  const directory = join(rack.directory, 'service');
  const dataDirectory = join(directory, 'data');
  // The stream of the rack is outside of its network, on a private address of this computer.
  const stream = `${new URL(rack.streamUrl).hostname}/32`;
  const flags = ['--data-dir', dataDirectory, '--allow-outbound', stream, ...more] as const;
  await ensureDaemon({ directory, name, namespace: rack.namespace, command: [RACKWRIGHT, 'up', ...flags] });
  return { dataDirectory, log: join(directory, `${name}.log`) };
}

/** Asks it to end and waits until it has. */
export async function stopService(rack: Rack): Promise<void> {
  const mark = await serviceMark(rack, 'up');
  if (mark) await endAll([mark]);
}

export function serviceMark(rack: Rack, name: string): Promise<ProcessMark | undefined> {
  return readMark(join(rack.directory, 'service', `${name}.pid`));
}

/** Asked over HTTP: the socket of a process that is being killed still takes connections, but nobody answers. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/healthz', timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
