import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { buildStream, type ImageStream } from './image/build-stream.ts';
import { type OutsideConfig, outsideConfig } from './outside.ts';
import { probeAccelerator } from './rack/accelerator.ts';
import { chooseSubnet, hostRoutes, namespaceName, rackAddresses } from './rack/addresses.ts';
import { firmwareStarts } from './rack/firmware-starts.ts';
import { prepareSwitch } from './rack/lldp-switch.ts';
import { BMC_COMMAND, ensureMachine, placeMachine } from './rack/machine.ts';
import { BRIDGE, ensureNetwork, namespaceExists, removeNetwork } from './rack/network.ts';
import { commandOf, endAll, ensureDaemon, processesOfFiles, processesOfNamespace } from './rack/processes.ts';
import { awaitBmc, awaitHttp } from './rack/ready.ts';
import { routerCommand } from './rack/router.ts';
import type { MachineSpec, Rack, RackMachine, Report } from './types.ts';

export interface RackOrder {
  readonly name: string;
  /** The lab's: image stream, package cache, and the racks, each in racks/NAME. */
  readonly directory: string;
  readonly machines: readonly MachineSpec[];
  readonly report: Report;
  /** Without one the stream is built, or found built, in `directory`/stream. */
  readonly stream?: ImageStream;
}

/** Builds the rack, or completes what is left of it: machines that run go on running. */
export async function up(order: RackOrder): Promise<Rack> {
  const { report, machines } = order;
  const stream = order.stream ?? (await buildStream({ directory: join(order.directory, 'stream'), report }));
  const rack = await planRack(order, stream);
  const addresses = rackAddresses(rack.subnet);
  await ensureNetwork(rack.name, addresses, machines.length);
  report(`network ${rack.subnet} in namespace ${rack.namespace}; the host is ${rack.outsideAddress}`);
  for (const [index, machine] of rack.machines.entries()) {
    await ensureMachine(machine, index, rack.accelerator, addresses);
  }
  await writeRack(rack);
  await startDaemons(rack, stream, order.directory);
  report(
    `${rack.machines.length} machines, powered off: ${rack.machines.map(({ name }) => name).join(', ')}`,
  );
  return rack;
}

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

export interface RackStatus {
  readonly rack: Rack | undefined;
  readonly network: boolean;
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  readonly machines: readonly {
    readonly name: string;
    readonly power: 'on' | 'off';
    readonly firmwareStarts: number;
  }[];
}

export async function status(name: string, directory: string): Promise<RackStatus> {
  const rack = await loadRack(name, directory);
  const state = rackDirectory(name, directory);
  const marks = [...(await processesOfFiles(state)), ...(await processesOfNamespace(namespaceName(name)))];
  const pids = [...new Set(marks.map(({ pid }) => pid))].sort((a, b) => a - b);
  const machines = (rack?.machines ?? []).map(async (machine) => ({
    name: machine.name,
    power: await powerOf(machine),
    firmwareStarts: firmwareStarts(machine),
  }));
  return {
    rack,
    network: await namespaceExists(namespaceName(name)),
    processes: await Promise.all(pids.map(async (pid) => ({ pid, command: await commandOf(pid) }))),
    machines: await Promise.all(machines),
  };
}

export async function loadRack(name: string, directory: string): Promise<Rack | undefined> {
  const text = await readFile(join(rackDirectory(name, directory), 'rack.json'), 'utf8').catch(
    () => undefined,
  );
  return text === undefined ? undefined : (JSON.parse(text) as Rack);
}

/** What a technician does: presses the button. It is an order like the BMC's own and counted with them. */
export async function powerOn(rack: Rack, name: string): Promise<void> {
  const machine = rack.machines.find((machine) => machine.name === name);
  if (machine === undefined) throw new Error(`rack ${rack.name} has no machine ${name}`);
  const hook = join(machine.directory, 'chassis');
  await execa('ip', ['netns', 'exec', rack.namespace, hook, machine.name, 'set', 'power', '1']);
}

async function planRack(order: RackOrder, stream: ImageStream): Promise<Rack> {
  const { name } = order;
  const directory = rackDirectory(name, order.directory);
  const known = await loadRack(name, order.directory);
  // A rack that lost its network (a rebooted host) is built again around its disks, on a subnet that is free now.
  const standing = known !== undefined && (await namespaceExists(known.namespace));
  if (standing && !isDeepStrictEqual(known.machines.map(specOf), order.machines.map(specOf))) {
    throw new Error(`rack ${name} stands with other machines; take it down first`);
  }
  if (!standing) await removeNetwork(name);
  const subnet = standing ? known.subnet : chooseSubnet(await hostRoutes());
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
    accelerator: standing ? known.accelerator : await probeAccelerator(await kernelOf(stream), order.report),
    machines: order.machines.map((spec, index) => placeMachine(spec, index, directory, addresses)),
  };
}

async function startDaemons(rack: Rack, stream: ImageStream, labDirectory: string): Promise<void> {
  const { namespace } = rack;
  const addresses = rackAddresses(rack.subnet);
  const directory = join(rack.directory, 'daemons');
  await mkdir(directory, { recursive: true });
  await ensureDaemon({ directory, namespace, name: 'router', command: routerCommand(addresses) });
  const announce = await prepareSwitch(join(rack.directory, 'switch'), rack.machines, addresses);
  const workingDirectory = join(rack.directory, 'switch');
  await ensureDaemon({ directory, namespace, name: 'switch', command: announce, workingDirectory });
  const config: OutsideConfig = await outsideConfig(rack.outsideAddress, stream.directory, labDirectory);
  const configFile = join(directory, 'outside.json');
  await writeFile(configFile, JSON.stringify(config, null, 1));
  const main = fileURLToPath(new URL('outside-main.ts', import.meta.url));
  await ensureDaemon({ directory, name: 'outside', command: [process.execPath, main, configFile] });
  for (const machine of rack.machines) {
    await ensureDaemon({
      directory: machine.directory,
      namespace,
      name: 'bmc',
      command: BMC_COMMAND,
    });
  }
  await Promise.all(rack.machines.map(async (machine) => awaitBmc(namespace, machine)));
  await awaitHttp(`${rack.streamUrl}streams/v1/index.json`, join(directory, 'outside.log'));
}

async function powerOf(machine: RackMachine): Promise<'on' | 'off'> {
  const hook = join(machine.directory, 'chassis');
  const { stdout } = await execa(hook, [machine.name, 'get', 'power'], { reject: false });
  return stdout.trim() === 'power:1' ? 'on' : 'off';
}

async function writeRack(rack: Rack): Promise<void> {
  const file = join(rack.directory, 'rack.json');
  await writeFile(`${file}.new`, `${JSON.stringify(rack, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

function rackDirectory(name: string, directory: string): string {
  namespaceName(name);
  return join(directory, 'racks', name);
}

function specOf({ name, firmware, diskBytes, memoryMiB, cpus, mac, uuid, serial }: MachineSpec): MachineSpec {
  return { name, firmware, diskBytes, memoryMiB, cpus, mac, uuid, serial };
}

async function kernelOf(stream: ImageStream): Promise<string | undefined> {
  const paths = await readdir(stream.directory, { recursive: true });
  const kernel = paths.find((path) => basename(path) === 'boot-kernel');
  return kernel === undefined ? undefined : join(stream.directory, kernel);
}
