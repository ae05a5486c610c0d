import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namespaceName } from '../rack/addresses.ts';
import { removeNetwork } from '../rack/network.ts';
import { endAll, processesOfNamespace, readMark } from '../rack/processes.ts';
import { removeGroups } from './control-groups.ts';
import { releaseLoops } from './loops.ts';
import { containersDirectory, networkName, rackMark } from './names.ts';
import { SERVICE, SERVICE_GRACE_MS } from './service.ts';

/** Ends every process of the rack and removes all of it. Works on what is left after anything was killed. */
export async function containersDown(name: string, directory: string): Promise<void> {
  const state = containersDirectory(name, directory);
  const mark = rackMark(name);
  const isOurs = (entry: string): boolean => entry.startsWith(mark);
  // Only its own file: what lies in the roots is the machines' and may say anything.
  const service = await readMark(join(state, `${SERVICE}.pid`));
  if (service !== undefined) await endAll([service], SERVICE_GRACE_MS);
  // Machines whose supervisor was killed.
  await removeGroups(isOurs);
  await endAll(await processesOfNamespace(namespaceName(networkName(name))));
  await removeGroups(isOurs);
  await releaseLoops(join(state, 'machines'));
  await removeNetwork(networkName(name));
  await forgetMachines(join(state, 'machines'), isOurs);
  await rm(state, { recursive: true, force: true });
}

/** What systemd-nspawn leaves of a machine: a folder of mounts to come, and a lock when it was killed. */
async function forgetMachines(machines: string, isOurs: (entry: string) => boolean): Promise<void> {
  const state = '/run/systemd/nspawn';
  const there = (folder: string) => readdir(folder).catch((): string[] => []);
  for (const entry of await there(join(state, 'propagate')))
    if (isOurs(entry)) await rm(join(state, 'propagate', entry), { recursive: true, force: true });
  for (const machine of await there(machines)) {
    const root = await stat(join(machines, machine, 'root')).catch(() => undefined);
    if (root) await rm(join(state, 'locks', `inode-${root.dev}:${root.ino}`), { force: true });
  }
}
