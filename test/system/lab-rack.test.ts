import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  down,
  firmwareStarts,
  loadRack,
  type MachineSpec,
  powerOn,
  type Rack,
  type RackMachine,
  status,
  up,
} from '../../lab/index.ts';

const NAME = 'rack-test';
const MACHINES: readonly MachineSpec[] = (['bios', 'uefi'] as const).map((firmware, index) => ({
  name: `t-${firmware}`,
  firmware,
  disks: [{ bus: 'virtio', bytes: 64 * 1024 ** 2 }],
  memoryMiB: 256,
  cpus: 1,
  macs: [`52:54:00:7e:57:0${index}`],
  uuid: `7e570000-0000-4000-8000-00000000000${index}`,
  serial: `TEST${index}`,
}));

let directory = '';
let stream = { directory: '', keyring: '' };

/** A stream with an index and nothing else: these machines are not to boot. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rackwright-lab-'));
  stream = { directory: join(directory, 'tree'), keyring: join(directory, 'keyring.gpg') };
  await mkdir(join(stream.directory, 'streams/v1'), { recursive: true });
  await writeFile(join(stream.directory, 'streams/v1/index.json'), '{"format":"index:1.0"}');
  await writeFile(stream.keyring, '');
});
afterAll(async () => {
  await down(NAME, directory);
  await rm(directory, { recursive: true, force: true });
});

const raise = async (): Promise<Rack> =>
  up({ name: NAME, directory, machines: MACHINES, report: () => {}, stream });

async function ipmi(rack: Rack, index: number, ...words: readonly string[]): Promise<string> {
  const machine = rack.machines[index];
  if (machine === undefined) throw new Error(`no machine ${index}`);
  const { bmc } = machine;
  const access = ['-H', bmc.address, '-U', bmc.username, '-f', bmc.passwordFile, '-C', '3'];
  const ipmitool = ['ipmitool', '-I', 'lanplus', ...access, ...words];
  const { stdout } = await execa('ip', ['netns', 'exec', rack.namespace, ...ipmitool]);
  return stdout;
}

/** What a rack could leave behind, looked for without the lab's own code. */
async function leftovers(rack: Rack): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const words = line.replaceAll('\0', ' ');
    if (words.includes(rack.directory) || words.includes('t-bios') || words.includes('t-uefi'))
      found.push(words);
  }
  const { stdout: namespaces } = await execa('ip', ['netns', 'list']);
  if (namespaces.includes(rack.namespace)) found.push(`namespace ${rack.namespace}`);
  const { stdout: addresses } = await execa('ip', ['-oneline', 'address']);
  if (addresses.includes(` ${rack.outsideAddress}/`)) found.push(`address ${rack.outsideAddress}`);
  const mounts = await readFile('/proc/mounts', 'utf8');
  if (mounts.includes(rack.namespace)) found.push('a mount');
  if ((await readdir(join(directory, 'racks')).catch((): string[] => [])).includes(NAME))
    found.push('the state directory');
  return found;
}

describe('a rack', () => {
  test('stands, its BMCs answer, and the host and the machines reach the stream', async () => {
    const rack = await raise();
    expect(await ipmi(rack, 0, 'chassis', 'status')).toContain('System Power         : off');
    expect(await ipmi(rack, 1, 'fru')).toContain('TEST1');
    expect(await ipmi(rack, 1, 'lan', 'print', '1')).toContain(rack.machines[1]?.bmc.address);
    const response = await fetch(`${rack.streamUrl}streams/v1/index.json`);
    expect(await response.json()).toEqual({ format: 'index:1.0' });
    expect(await loadRack(NAME, directory)).toEqual(rack);
  });

  test('has no way out but the proxy', async () => {
    const rack = await raise();
    const { stdout } = await execa('ip', ['-netns', rack.namespace, 'route', 'show', 'default']);
    expect(stdout).toBe('');
  });

  test('starts machines by button and by BMC, and counts both', async () => {
    const rack = await raise();
    const [bios, uefi] = rack.machines;
    if (bios === undefined || uefi === undefined) throw new Error('two machines were ordered');
    await powerOn(rack, bios.name);
    await powerOn(rack, bios.name);
    await ipmi(rack, 1, 'chassis', 'power', 'on');
    const machines = async () => (await status(NAME, directory)).machines;
    expect(await machines()).toEqual([
      { name: bios.name, power: 'on', firmwareStarts: 1 },
      { name: uefi.name, power: 'on', firmwareStarts: 1 },
    ]);
    expect(await readFile(bios.bmcLog, 'utf8')).toMatch(/^\d+ power on\n\d+ power on\n$/);
    await ipmi(rack, 0, 'chassis', 'power', 'reset');
    await expect.poll(() => firmwareStarts(bios), { timeout: 10_000 }).toBe(2);
    expect((await machines())[0]).toMatchObject({ power: 'on' });
    await ipmi(rack, 1, 'chassis', 'power', 'off');
    expect((await machines())[1]?.power).toBe('off');
  });

  test('takes a boot device for the next start only, be it a reset', async () => {
    const rack = await raise();
    const [bios] = rack.machines;
    if (bios === undefined) throw new Error('two machines were ordered');
    await powerOn(rack, bios.name);
    const before = firmwareStarts(bios);
    await ipmi(rack, 0, 'chassis', 'bootdev', 'disk');
    await ipmi(rack, 0, 'chassis', 'power', 'reset');
    await expect.poll(() => networkBootIndex(bios), { timeout: 10_000 }).toBe('99');
    expect(firmwareStarts(bios)).toBe(before + 1);
    await ipmi(rack, 0, 'chassis', 'power', 'reset');
    await expect.poll(() => networkBootIndex(bios), { timeout: 10_000 }).toBe('1');
    expect(firmwareStarts(bios)).toBe(before + 2);
  });

  test('is completed, not disturbed, by a second up after a BMC died', async () => {
    const rack = await raise();
    const bmc = (await status(NAME, directory)).processes.find(({ command }) =>
      command.startsWith('ipmi_sim'),
    );
    if (bmc === undefined) throw new Error('no BMC runs');
    process.kill(bmc.pid, 'SIGKILL');
    await raise();
    expect(await ipmi(rack, 0, 'chassis', 'power', 'status')).toContain('is on');
    expect(await ipmi(rack, 1, 'chassis', 'power', 'status')).toContain('is off');
  });

  test('leaves nothing after everything in it was killed', async () => {
    const rack = await raise();
    for (const { pid } of (await status(NAME, directory)).processes) {
      await execa('kill', ['-KILL', String(pid)], { reject: false });
    }
    await down(NAME, directory);
    expect(await leftovers(rack)).toEqual([]);
  });

  test('leaves nothing when it was running, and down may be said twice', async () => {
    const rack = await raise();
    await powerOn(rack, 't-bios');
    expect(await leftovers(rack)).not.toEqual([]);
    await down(NAME, directory);
    await down(NAME, directory);
    expect(await leftovers(rack)).toEqual([]);
  });
});

/** Where the network card stands in the order of the machine as it runs now. */
async function networkBootIndex(machine: RackMachine): Promise<string | undefined> {
  for (const { pid } of (await status(NAME, directory)).processes) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes(machine.uuid)) continue;
    return /mac=[^,]*,bootindex=(\d+)/.exec(command)?.[1];
  }
  return undefined;
}
