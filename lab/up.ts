import { join } from 'node:path';
import { buildStream, type ImageStream } from './image/build-stream.ts';
import { outsideConfig } from './outside.ts';
import { rackAddresses } from './rack/addresses.ts';
import { startDaemons } from './rack/daemons.ts';
import { ensureMachine } from './rack/machine.ts';
import { ensureNetwork } from './rack/network.ts';
import { planRack } from './rack/plan.ts';
import { saveRack } from './rack/record.ts';
import type { MachineSpec, Rack, Report } from './types.ts';

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
  const { report, directory } = order;
  const stream = order.stream ?? (await buildStream({ directory: join(directory, 'stream'), report }));
  const rack = await planRack(order, stream);
  const addresses = rackAddresses(rack.subnet);
  // Before anything is started: whoever finds this rack can take it down.
  await saveRack(rack);
  await ensureNetwork(rack.name, addresses, rack.machines);
  report(`network ${rack.subnet} in namespace ${rack.namespace}; the host is ${rack.outsideAddress}`);
  for (const [index, machine] of rack.machines.entries()) {
    await ensureMachine(machine, index, rack.accelerator, addresses);
  }
  await startDaemons(rack, await outsideConfig(rack.outsideAddress, stream.directory, directory));
  report(
    `${rack.machines.length} machines stand in the rack: ${rack.machines.map(({ name }) => name).join(', ')}`,
  );
  return rack;
}
