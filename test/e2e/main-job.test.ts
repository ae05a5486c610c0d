import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firmwareStarts, powerOn } from '../../lab/index.ts';
import { RACKWRIGHT, type Service, startService } from '../../lab/service.ts';
import {
  awaitEnlisted,
  bootOf,
  operationsOf,
  type Operator,
  operator,
  powerOnToHello,
  prepare,
  stepTimes,
} from '../../lab/story.ts';
import type { Inventory, MachineRecord } from '../../model/index.ts';
import { type Inside, inside } from '../fixtures/inside.ts';
import { recordHistories } from '../fixtures/record-histories.ts';
import { filesWith, page, type VirtualRack, virtualRack } from '../fixtures/virtual-rack.ts';

/**
 * The main job, as a person does it: two machines, one with BIOS and one with UEFI firmware, from powered off and
 * unknown to a system that serves a page; then a reset, and release. The tests of this file tell one story in order.
 */
const IMAGE = 'debian/12';
let lab: VirtualRack;
let service: Service;
let person: Operator;
let within: Inside;
const names = (): string[] => lab.rack.machines.map(({ name }) => name);
const show = (name: string) => person.read<MachineRecord>('machine', 'show', name);
const get = <Result>(path: string) => person.read<Result>('api', 'GET', path);

beforeAll(async () => {
  lab = await virtualRack('e2e');
  service = await startService(lab.rack);
  person = operator(service);
  within = inside(service);
  await prepare(lab.rack, person, IMAGE);
});
afterAll(() => lab?.end());

describe('a rack that nobody knows', () => {
  it('shows up by itself when somebody presses the power buttons', async () => {
    for (const name of names()) await powerOn(lab.rack, name);
    const machines = await awaitEnlisted(lab.rack, person, 10 * 60_000);
    expect(machines.map(({ state }) => state)).toEqual(['New', 'New']);
    for (const machine of lab.rack.machines) {
      const boot = await bootOf(person, machine.name);
      const seconds = await powerOnToHello(machine, boot);
      console.log(
        `  ${machine.name} (${machine.firmware}, ${lab.rack.accelerator}): power-on to hello ${seconds.toFixed(1)} s, both at once`,
      );
      expect(Object.keys(boot.signs)).toEqual(
        expect.arrayContaining(['dhcp', 'script', 'kernel', 'initrd', 'squashfs', 'seed', 'hello']),
      );
    }
  });

  it('learns what the machines are, and makes a user of its own on each BMC', async () => {
    await person.show('machine', 'commission', ...names(), '--yes', '--wait');
    for (const { name, firmware, serial, macs, disks, bmc } of lab.rack.machines) {
      const machine = await show(name);
      expect(machine).toMatchObject({
        state: 'Ready',
        firmware,
        power: { driver: 'ipmi', address: bmc.address },
      });
      const { inventory } = await get<{ inventory: Inventory }>(`/v1/machines/${name}/inventory`);
      expect(inventory).toMatchObject({
        firmware: { mode: firmware },
        system: { serial },
        disks: disks.map(({ bytes }) => ({ size: bytes })),
        bmc: { kind: 'ipmi', address: bmc.address },
      });
      expect(inventory.nics.find((nic) => nic.mac === macs[0])).toMatchObject({
        link: true,
        neighbour: { system: 'rack-switch' },
      });
    }
  });

  it('says beforehand what a deployment would do, disk by disk and address by address', async () => {
    for (const { name, serial, macs } of lab.rack.machines) {
      const { stdout, exitCode } = await rackwright('machine', 'deploy', name, '--image', IMAGE, '--plan');
      expect(exitCode).toBe(0);
      expect(stdout).toContain(IMAGE);
      expect(stdout, 'the disk, by its serial').toContain(serial);
      expect(stdout, 'the card').toContain(macs[0]);
      expect(await show(name)).toMatchObject({ state: 'Ready' });
    }
  });

  it('is deployed with a layer in the same firmware start, and serves a page', async () => {
    await person.show(
      'machine',
      'deploy',
      ...names(),
      '--image',
      IMAGE,
      '--layer',
      'nginx',
      '--yes',
      '--wait',
    );
    for (const machine of lab.rack.machines) {
      const record = await show(machine.name);
      expect(record).toMatchObject({
        state: 'Deployed',
        deployment: { image: IMAGE },
        layers: [{ name: 'nginx' }],
      });
      expect(await page(`http://${record.deployment?.address}/`)).toContain(machine.name);
      expect(firmwareStarts(machine), `firmware starts of ${machine.name}`).toBe(1);
      const operations = await operationsOf(person, machine.name);
      for (const { step, seconds } of stepTimes(operations))
        console.log(`  ${machine.name} ${seconds.toFixed(1).padStart(6)} s  ${step}`);
    }
  });
});

describe('machines that are deployed', () => {
  it('come back from their own disks after a reset, with the network first in their boot order', async () => {
    const before = await Promise.all(names().map((name) => within.bootId(name)));
    await person.show('machine', 'power', ...names(), 'reset', '--yes', '--wait');
    for (const [index, machine] of lab.rack.machines.entries()) {
      await within.awaitAnotherBoot(machine.name, before[index] ?? '');
      expect(firmwareStarts(machine), `firmware starts of ${machine.name}`).toBe(2);
      const { deployment } = await show(machine.name);
      await expect
        .poll(() => page(`http://${deployment?.address}/`).catch(() => ''), {
          timeout: 300_000,
          interval: 1_000,
        })
        .toContain(machine.name);
    }
  });

  it('refuse what may not be asked of them, and say what may', async () => {
    const { exitCode, stderr } = await rackwright('machine', 'commission', 'r1-u1', '--yes');
    expect(exitCode).toBe(5);
    expect(stderr).toContain('STATE_CONFLICT');
    expect(stderr).toMatch(/May be asked: release/);
  });

  it('lose a layer when it is taken away', async () => {
    await person.show('layer', 'remove', 'nginx', 'r1-u1', '--yes', '--wait');
    const { layers, deployment } = await show('r1-u1');
    expect(layers).toEqual([]);
    await expect(page(`http://${deployment?.address}/`)).rejects.toThrow();
  });

  it('get it again', async () => {
    await person.show('layer', 'apply', 'nginx', 'r1-u1', '--yes', '--wait');
    const { layers, deployment } = await show('r1-u1');
    expect(layers).toMatchObject([{ name: 'nginx' }]);
    expect(await page(`http://${deployment?.address}/`)).toContain('r1-u1');
  });

  it('say that a BMC password is wrong, and do nothing', async () => {
    const file = `${lab.folder}/wrong`;
    await writeFile(file, 'not-the-password\n', { mode: 0o600 });
    const { power } = await show('r1-u2');
    if (power.driver !== 'ipmi') throw new Error('no BMC was adopted');
    const bmc = ['--power', 'ipmi', '--bmc-address', power.address, '--bmc-cipher-suite', '3'];
    const setBmc = () =>
      person.show('machine', 'set', 'r1-u2', ...bmc, '--bmc-user', 'admin', '--bmc-password-file', file);
    await setBmc();
    const starts = firmwareStarts(lab.rack.machines[1] as (typeof lab.rack.machines)[number]);
    const failed = await rackwright('machine', 'power', 'r1-u2', 'cycle', '--yes', '--wait');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr + failed.stdout).toContain('BMC_LOGIN_REFUSED');
    expect(firmwareStarts(lab.rack.machines[1] as (typeof lab.rack.machines)[number])).toBe(starts);
    expect((await show('r1-u1')).state).toBe('Deployed');
    const right = (await readFile(lab.rack.machines[1]?.bmc.passwordFile ?? '', 'utf8')).trim();
    await writeFile(file, `${right}\n`, { mode: 0o600 });
    await setBmc();
  });

  it('are given back, off, and ready for the next', async () => {
    await person.show('machine', 'release', ...names(), '--yes', '--wait');
    for (const name of names())
      expect(await show(name)).toMatchObject({ state: 'Ready', observedPower: { state: 'off' } });
  });
});

describe('afterwards', () => {
  it('no secret lies in the data in clear, nor in any log (docs/security.md, rule 31)', async () => {
    const admin = await Promise.all(lab.rack.machines.map(({ bmc }) => readFile(bmc.passwordFile, 'utf8')));
    const token = (await readFile(`${service.dataDirectory}/token`, 'utf8')).trim();
    const found = await filesWith([...admin.map((text) => text.trim()), token], [service.dataDirectory]);
    expect(found.filter((path) => !path.endsWith('/token'))).toEqual([]);
  });

  it('the histories of all workflows can be kept for replay', async () => {
    const folder = fileURLToPath(new URL('../replay/histories/', import.meta.url));
    const target = process.env.RW_RECORD_HISTORIES ? folder : `${lab.folder}/histories`;
    await mkdir(target, { recursive: true });
    const kept = await recordHistories(lab.rack, target);
    expect(kept).toEqual(
      expect.arrayContaining([
        'applyLayer',
        'commission',
        'deploy',
        'machine',
        'planDeploy',
        'power',
        'release',
        'removeLayer',
        'syncImages',
      ]),
    );
  });
});

async function rackwright(...args: readonly string[]) {
  return execa(RACKWRIGHT, args, {
    env: { RW_DATA_DIR: service.dataDirectory },
    stdin: 'ignore',
    reject: false,
  });
}
