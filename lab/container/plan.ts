import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ipv4 } from '../../net/index.ts';
import { hostRelease } from '../image/host-release.ts';
import { PROXY_PORT } from '../outside.ts';
import { chooseSubnet, hostRoutes, namespaceName, rackAddresses } from '../rack/addresses.ts';
import { namespaceExists, removeNetwork } from '../rack/network.ts';
import { containersDirectory, machineId, networkName } from './names.ts';
import { POWER_PORT } from './power-server.ts';
import { hostKey, loadContainers, powerToken } from './record.ts';
import type { ContainerMachine, ContainerOrder, ContainerRack, ContainerSpec } from './types.ts';

/** Beside those of virtual racks; 90 and 91 are the simulated machines'. */
const SUBNETS = [84, 85, 86, 87, 88, 89, 92, 93, 94, 95, 96, 97, 98, 99].map((octet) => `10.${octet}.0.0/24`);
/** Of the last octet: 1 is the bridge, 254 the host. */
const FIRST_MACHINE = 21;
const MOST_MACHINES = 200;

/** What the rack will be: what it already is where it stands, and what this host allows where it does not. */
export async function planContainers(order: ContainerOrder): Promise<ContainerRack> {
  const { name } = order;
  const release = await hostRelease();
  const image = `${release.os}/${release.version}`;
  checkMachines(name, order.machines, image);
  const directory = containersDirectory(name, order.directory);
  const namespace = namespaceName(networkName(name));
  const known = await loadContainers(name, order.directory);
  if (known !== undefined && !isDeepStrictEqual(known.machines.map(specOf), order.machines.map(specOf)))
    throw new Error(`rack ${name} stands with other machines; take it down first`);
  const isStanding = await namespaceExists(namespace);
  if (!isStanding) await removeNetwork(networkName(name));
  // A machine's address is written into its root, so a rack keeps its subnet.
  const subnet = known?.subnet ?? chooseSubnet(await hostRoutes(), SUBNETS);
  const { prefix, outsideAddress } = rackAddresses(subnet);
  const place = async (spec: ContainerSpec, index: number): Promise<ContainerMachine> => {
    const own = join(directory, 'machines', spec.name);
    return {
      ...specOf(spec),
      image,
      address: ipv4(`${prefix}.${FIRST_MACHINE + index}`),
      hostKeys: [(await hostKey(own)).publicKey],
      powerUrl: `http://${outsideAddress}:${POWER_PORT}/power/${spec.name}`,
      root: join(own, 'root'),
    };
  };
  return {
    name,
    directory,
    namespace,
    subnet,
    hostAddress: ipv4(outsideAddress),
    packageProxy: `http://${outsideAddress}:${PROXY_PORT}`,
    powerToken: await powerToken(directory),
    machines: await Promise.all(order.machines.map(place)),
  };
}

function checkMachines(rack: string, machines: readonly ContainerSpec[], image: string): void {
  const ids = machines.map((machine) => machineId(rack, machine.name));
  if (new Set(ids).size !== ids.length) throw new Error('two machines have the same name');
  if (machines.length > MOST_MACHINES) throw new Error(`a rack has ${MOST_MACHINES} machines at most`);
  const other = machines.find((machine) => machine.image !== undefined && machine.image !== image);
  if (other) throw new Error(`a container here is ${image}, as its host is, and not ${other.image}`);
}

function specOf({ name, memoryMiB }: ContainerSpec): ContainerSpec {
  return { name, ...(memoryMiB !== undefined && { memoryMiB }) };
}
