import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { BootRecord, MachineRecord, Operation } from '../model/index.ts';
import { RACKWRIGHT, type Service } from './service.ts';
import type { Rack, RackMachine } from './types.ts';

/** What a person does at the command line, so that the demo and the tests do the very same. */
export interface Operator {
  /** A command whose output people watch. Rejects when it fails. */
  show(...args: readonly string[]): Promise<void>;
  /** A command asked for its data. */
  read<Result>(...args: readonly string[]): Promise<Result>;
}

export function operator(service: Service): Operator {
  const env = { RW_DATA_DIR: service.dataDirectory };
  return {
    async show(...args) {
      await execa(RACKWRIGHT, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    },
    async read(...args) {
      const { stdout } = await execa(RACKWRIGHT, [...args, '-o', 'json'], { env, stdin: 'ignore' });
      return JSON.parse(stdout);
    },
  };
}

/** Newest first. */
export async function operationsOf(person: Operator, name: string): Promise<readonly Operation[]> {
  const path = `/v1/machines/${name}/operations`;
  return (await person.read<{ readonly items: readonly Operation[] }>('api', 'GET', path)).items;
}

/** The last time that it booted over the network. */
export async function bootOf(person: Operator, name: string): Promise<BootRecord> {
  return (await person.read<{ readonly boot: BootRecord }>('api', 'GET', `/v1/machines/${name}/boot`)).boot;
}

/** Describes the rack's network and fetches the image that machines boot and get. */
export async function prepare(rack: Rack, person: Operator, image: string): Promise<void> {
  const prefix = rack.subnet.slice(0, rack.subnet.lastIndexOf('.'));
  await person.show(
    ...['subnet', 'add', 'rack', '--cidr', rack.subnet, '--server-address', rack.serverAddress],
    ...['--dynamic', `${prefix}.100-${prefix}.199`, '--static', `${prefix}.50-${prefix}.99`],
    ...['--image', image, '--package-proxy', rack.packageProxyUrl],
  );
  await person.show('image', 'sync', rack.streamUrl, '--keyring', rack.streamKeyring);
}

/** Waits until each machine has said hello, and gives it the name that it has in the rack. */
export async function awaitEnlisted(
  rack: Rack,
  person: Operator,
  deadlineMs: number,
): Promise<readonly MachineRecord[]> {
  const deadline = Date.now() + deadlineMs;
  const named = new Map<string, MachineRecord>();
  while (named.size < rack.machines.length) {
    if (Date.now() > deadline)
      throw new Error(`not every machine said hello within ${deadlineMs / 60_000} minutes`);
    for (const found of await person.read<readonly MachineRecord[]>('machine', 'list')) {
      const machine = rack.machines.find(({ uuid }) => uuid === found.identity.uuid);
      if (!machine || named.has(machine.name)) continue;
      await person.show('machine', 'set', found.id, '--name', machine.name);
      named.set(machine.name, found);
    }
    await sleep(500);
  }
  return rack.machines.map(({ name }) => named.get(name) as MachineRecord);
}

/** Seconds from the BMC's power order to hello: the figure that boot work is judged by. */
export async function powerOnToHello(machine: RackMachine, boot: BootRecord): Promise<number> {
  const log = await readFile(machine.bmcLog, 'utf8');
  const [at] = (log.split('\n').find((line) => /\son\b/.test(line)) ?? '').split(' ');
  return Date.parse(boot.signs.hello ?? '') / 1000 - Number(at);
}

/** Name, seconds and state of every step, in the order in which they were taken. */
export function stepTimes(operations: readonly Operation[]): readonly { step: string; seconds: number }[] {
  return operations
    .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
    .flatMap(({ kind, steps }) =>
      steps.map(({ name, startedAt, endedAt }) => ({
        step: `${kind}: ${name}`,
        seconds: (Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1000,
      })),
    );
}
