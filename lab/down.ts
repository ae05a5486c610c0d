import { rm } from 'node:fs/promises';
import { namespaceName } from './rack/addresses.ts';
import { removeNetwork } from './rack/network.ts';
import { endAll, processesOfFiles, processesOfNamespace } from './rack/processes.ts';
import { rackDirectory } from './rack/record.ts';

/** Ends every process of the rack and removes all of it. Works on what is left after anything was killed. */
export async function down(name: string, directory: string): Promise<void> {
  const state = rackDirectory(name, directory);
  const namespace = namespaceName(name);
  // Twice: a BMC that was just about to start its machine may have done so meanwhile.
  for (let round = 0; round < 2; round++) {
    await endAll([...(await processesOfFiles(state)), ...(await processesOfNamespace(namespace))]);
  }
  await removeNetwork(name);
  await rm(state, { recursive: true, force: true });
}
