import { join } from 'node:path';
import { execa } from 'execa';
import { namespaceName } from './rack/addresses.ts';
import { firmwareStarts } from './rack/firmware-starts.ts';
import { namespaceExists } from './rack/network.ts';
import { commandOf, processesOfFiles, processesOfNamespace } from './rack/processes.ts';
import { loadRack, rackDirectory } from './rack/record.ts';
import type { Rack, RackMachine } from './types.ts';

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

/** What stands and what runs, whoever started it. */
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

async function powerOf(machine: RackMachine): Promise<'on' | 'off'> {
  const hook = join(machine.directory, 'chassis');
  const { stdout } = await execa(hook, [machine.name, 'get', 'power'], { reject: false });
  return stdout === 'power:1' ? 'on' : 'off';
}
