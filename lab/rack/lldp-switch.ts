import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RackMachine } from '../types.ts';
import type { RackAddresses } from './addresses.ts';
import { lldpFrame } from './lldp.ts';
import { tapName } from './network.ts';

/** Writes each port's frame and returns what to run to have them announced. */
export async function prepareSwitch(
  directory: string,
  machines: readonly RackMachine[],
  addresses: RackAddresses,
): Promise<[string, ...string[]]> {
  await mkdir(directory, { recursive: true });
  const ports = await Promise.all(
    portsOf(machines).map(async ({ machine, tap }, index) => {
      const frame = lldpFrame({
        switchName: 'rack-switch',
        switchMac: '52:54:00:5c:00:01',
        portName: `swp${index + 1}`,
        portDescription: `rack port ${index + 1}: ${machine.name}`,
        managementAddress: addresses.serverAddress,
      });
      const name = `swp${index + 1}.frame`;
      await writeFile(join(directory, name), frame);
      return `${name}=${tap}`;
    }),
  );
  return ['sh', fileURLToPath(new URL('switch/announce', import.meta.url)), ...ports];
}

/** The first cards of all machines, then the second ones: a machine keeps its port when another gets a card more. */
function portsOf(machines: readonly RackMachine[]) {
  const cards = Math.max(...machines.map(({ macs }) => macs.length));
  return Array.from({ length: cards }, (_, card) =>
    machines.flatMap((machine, index) =>
      card < machine.macs.length ? [{ machine, tap: tapName(index, card) }] : [],
    ),
  ).flat();
}
