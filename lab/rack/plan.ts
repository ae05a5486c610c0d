import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ImageStream } from '../image/build-stream.ts';
import type { MachineSpec, Rack, Report } from '../types.ts';
import { probeAccelerator } from './accelerator.ts';
import { chooseSubnet, hostRoutes, namespaceName, rackAddresses } from './addresses.ts';
import { placeMachine } from './machine.ts';
import { BRIDGE, namespaceExists, removeNetwork } from './network.ts';
import { loadRack, rackDirectory } from './record.ts';

/** What the rack will be: what it already is where it stands, and what this host allows where it does not. */
export async function planRack(
  order: {
    readonly name: string;
    readonly directory: string;
    readonly machines: readonly MachineSpec[];
    readonly report: Report;
  },
  stream: ImageStream,
): Promise<Rack> {
  const { name, report } = order;
  const directory = rackDirectory(name, order.directory);
  const known = await loadRack(name, order.directory);
  const standing = known !== undefined && (await namespaceExists(known.namespace)) ? known : undefined;
  if (
    standing !== undefined &&
    !isDeepStrictEqual(standing.machines.map(specOf), order.machines.map(specOf))
  ) {
    throw new Error(`rack ${name} stands with other machines; take it down first`);
  }
  // A rack that lost its network (a rebooted host) is built again around its disks, on a subnet that is free now.
  if (standing === undefined) await removeNetwork(name);
  const subnet = standing?.subnet ?? chooseSubnet(await hostRoutes());
  const addresses = rackAddresses(subnet);
  return {
    name,
    directory,
    namespace: namespaceName(name),
    bridge: BRIDGE,
    subnet,
    serverAddress: addresses.serverAddress,
    outsideAddress: addresses.outsideAddress,
    streamUrl: `http://${addresses.outsideAddress}:8081/`,
    streamKeyring: stream.keyring,
    packageProxyUrl: `http://${addresses.outsideAddress}:3142/`,
    accelerator: standing?.accelerator ?? (await probeAccelerator(await kernelOf(stream), report)),
    machines: order.machines.map((spec, index) => placeMachine(spec, index, directory, addresses)),
  };
}

function specOf({ name, firmware, disks, memoryMiB, cpus, macs, uuid, serial }: MachineSpec): MachineSpec {
  return { name, firmware, disks, memoryMiB, cpus, macs, uuid, serial };
}

async function kernelOf(stream: ImageStream): Promise<string | undefined> {
  const paths = await readdir(stream.directory, { recursive: true });
  const kernel = paths.find((path) => basename(path) === 'boot-kernel');
  return kernel === undefined ? undefined : join(stream.directory, kernel);
}
