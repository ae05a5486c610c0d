import { connect } from 'node:net';
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
  const directory = join(rack.directory, 'service');
  const dataDirectory = join(directory, 'data');
  const command = [
    RACKWRIGHT,
    'up',
    '--data-dir',
    dataDirectory,
    '--rack-address',
    rack.serverAddress,
    ...more,
  ] as const;
  await ensureDaemon({ directory, name: 'up', namespace: rack.namespace, command: [...command] });
  const log = join(directory, 'up.log');
  const mark = await serviceMark(rack);
  const deadline = Date.now() + READY_MS;
  while (!(await answers(join(dataDirectory, 'api.sock')))) {
    const alive = mark !== undefined && (await isRunning(mark));
    if (!alive || Date.now() > deadline) throw new Error(`the service does not come up; its log is ${log}`);
    await sleep(100);
  }
  return { dataDirectory, log };
}

/** Asks it to end and waits until it has. */
export async function stopService(rack: Rack): Promise<void> {
  const mark = await serviceMark(rack);
  if (mark) await endAll([mark]);
}

export function serviceMark(rack: Rack): Promise<ProcessMark | undefined> {
  return readMark(join(rack.directory, 'service', 'up.pid'));
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
