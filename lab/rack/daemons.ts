import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OutsideConfig } from '../outside.ts';
import type { Rack } from '../types.ts';
import { rackAddresses } from './addresses.ts';
import { prepareSwitch } from './lldp-switch.ts';
import { BMC_COMMAND } from './machine.ts';
import { ensureConfigured, ensureDaemon } from './processes.ts';
import { awaitBmc, awaitHttp } from './ready.ts';
import { routerCommand } from './router.ts';

/** The rack's devices that are programs here: router, switch, the way outside, and a BMC a machine. */
export async function startDaemons(rack: Rack, outside: OutsideConfig): Promise<void> {
  const { namespace } = rack;
  const addresses = rackAddresses(rack.subnet);
  const directory = join(rack.directory, 'daemons');
  await mkdir(directory, { recursive: true });
  await ensureDaemon({ directory, namespace, name: 'router', command: routerCommand(addresses) });
  const workingDirectory = join(rack.directory, 'switch');
  const announce = await prepareSwitch(workingDirectory, rack.machines, addresses);
  await ensureDaemon({ directory, namespace, name: 'switch', command: announce, workingDirectory });
  const main = fileURLToPath(new URL('../outside-main.ts', import.meta.url));
  await ensureConfigured({ directory, name: 'outside', main, config: outside });
  for (const machine of rack.machines) {
    await ensureDaemon({ directory: machine.directory, namespace, name: 'bmc', command: BMC_COMMAND });
  }
  await Promise.all(rack.machines.map(async (machine) => awaitBmc(namespace, machine)));
  await awaitHttp(`${rack.streamUrl}streams/v1/index.json`, join(directory, 'outside.log'));
}
