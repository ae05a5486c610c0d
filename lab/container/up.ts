import { dirname } from 'node:path';
import { rackAddresses } from '../rack/addresses.ts';
import { ensureNetwork } from '../rack/network.ts';
import { baseRoot } from './base-root.ts';
import { holding } from './lock.ts';
import { ensureRoot } from './machine-root.ts';
import { networkName } from './names.ts';
import { planContainers } from './plan.ts';
import { hostKey, saveContainers } from './record.ts';
import { ensureService } from './service.ts';
import { awaitSsh } from './ssh-answers.ts';
import type { ContainerOrder, ContainerRack } from './types.ts';

/** Builds the rack, or completes what is left of it and switches on what is off. Returns when every SSH answers. */
export async function containersUp(order: ContainerOrder): Promise<ContainerRack> {
  const { directory, report } = order;
  const base = await baseRoot(directory, report);
  // Two racks that look for a free subnet at once would find the same one.
  const rack = await holding('container-network', async () => {
    const planned = await planContainers(order);
    await saveContainers(planned);
    await ensureNetwork(networkName(planned.name), rackAddresses(planned.subnet), []);
    return planned;
  });
  report(`network ${rack.subnet} in namespace ${rack.namespace}; the host is ${rack.hostAddress}`);
  for (const machine of rack.machines) {
    const { privateKey } = await hostKey(dirname(machine.root));
    await ensureRoot(machine, base, privateKey, order.authorizedKey);
  }
  await ensureService(rack, directory);
  await Promise.all(
    rack.machines.map(async ({ powerUrl, address }) => {
      await switchOn(powerUrl, rack.powerToken);
      await awaitSsh(address);
    }),
  );
  report(`${rack.machines.length} machines answer: ${rack.machines.map(({ name }) => name).join(', ')}`);
  return rack;
}

async function switchOn(powerUrl: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await fetch(`${powerUrl}/on`, { method: 'POST', headers });
  if (status !== 200) throw new Error(`${powerUrl} answers ${status}`);
}
