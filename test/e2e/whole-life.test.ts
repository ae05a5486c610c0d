import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { powerOn } from '../../lab/index.ts';
import { awaitEnlisted, operationsOf } from '../../lab/story.ts';
import { type EraseEvidence, type Inventory, type ScriptResult, Secret } from '../../model/index.ts';
import { connect } from '../../remote/index.ts';
import {
  bigMachines as machines,
  type BigRack,
  bigRack,
  bios,
  globalAddresses,
  IMAGE,
  mountpoints,
  serialOf,
  startsEmpty,
  uefi,
} from '../fixtures/big-rack.ts';
import { storageProperty } from '../fixtures/storage-property.ts';

/**
 * What can be done to a machine before and beside an installation, on machines with four disks and two cards: tested, stopped
 * while its disk is written, run from memory alone, erased. The tests of this file tell one story in order.
 */
let rack: BigRack;

beforeAll(async () => {
  rack = await bigRack('life');
});
afterAll(() => rack?.lab.end());

const inventoryOf = async (name: string): Promise<Inventory> =>
  (await rack.get<{ readonly inventory: Inventory }>(`/v1/machines/${name}/inventory`)).inventory;

describe('two machines of four disks and two cards each', () => {
  it('are found and commissioned', async () => {
    for (const { name } of machines) await powerOn(rack.lab.rack, name);
    await awaitEnlisted(rack.lab.rack, rack.person, 10 * 60_000);
    await rack.person.show('machine', 'commission', bios, uefi, '--yes', '--wait');
    for (const { name, disks, macs } of machines) {
      const inventory = await inventoryOf(name);
      expect(inventory.disks.map(({ size, transport }) => [size, transport])).toEqual(
        expect.arrayContaining(disks.map(({ bytes, bus }) => [bytes, bus === 'nvme' ? 'nvme' : ''])),
      );
      expect(inventory.nics.map(({ mac, link }) => [mac, link])).toEqual(
        expect.arrayContaining(macs.map((mac) => [mac, true])),
      );
    }
  });

  it('are tested: a disk is read, and what stands around answers the card that has an address', async () => {
    await Promise.all(
      machines.map(({ name, serial }) =>
        rack.person.show(
          ...['machine', 'test', name, '--script', 'disk-read', '--script', 'network-reach'],
          ...['--param', `disk-read.storage=${serial}-2`, '--yes', '--wait'],
        ),
      ),
    );
    for (const { name, serial } of machines) {
      const results = await rack.person.read<readonly ScriptResult[]>('machine', 'results', name);
      expect(results.find(({ script }) => script === 'disk-read')).toMatchObject({
        verdict: 'passed',
        target: { serial: `${serial}-2` },
        values: { errors: 0 },
      });
      const reached = results.filter(({ script }) => script === 'network-reach');
      expect(reached.map(({ verdict }) => verdict).toSorted()).toEqual(['passed', 'skipped']);
      expect(await rack.show(name)).toMatchObject({ state: 'Ready' });
    }
  });

  // docs/security.md, rules 21 and 32.
  it('reach the boot services, and nothing else that we run: not Temporal, on any of its ports', async () => {
    const { namespace, serverAddress } = rack.lab.rack;
    const { stdout } = await execa('ip', ['netns', 'exec', namespace, 'ss', '-H', '-l', '-t', '-n', '-p']);
    const listeners = stdout.split('\n').map((line) => line.split(/\s+/));
    const ofTemporal = listeners.flatMap(([, , , at = '', , who = '']) =>
      who.includes('"temporal') ? [at] : [],
    );
    expect(ofTemporal.length).toBeGreaterThan(0);
    expect(ofTemporal.filter((at) => !at.startsWith('127.0.0.1:'))).toEqual([]);
    const connect = 'for port do timeout 5 bash -c ": </dev/tcp/$0/$port" 2>&1 && echo "$port open"; done; :';
    const ports = [...ofTemporal.map((at) => at.split(':').at(-1) ?? ''), '8080'];
    for (const { name } of machines) {
      const said = await rack.within.run(name, 'sh', '-c', `'${connect}'`, serverAddress, ...ports);
      expect(said.match(/.* open$/gm)).toEqual(['8080 open']);
      const refused = said.matchAll(/\/(\d+): Connection refused$/gm);
      expect([...refused].map(([, port]) => port)).toEqual(ports.slice(0, -1));
    }
    console.log(`  ${ofTemporal.length} ports of Temporal: refused from both machines`);
  });

  it('plan and deed agree: whatever layout is made on their disks', async () => {
    const key = await readFile(join(rack.service.dataDirectory, 'ssh/id_ed25519'), 'utf8');
    for (const [index, { name }] of machines.entries()) {
      const { session } = await rack.show(name);
      if (!session) throw new Error(`${name} is not in memory`);
      const { address, hostKeys } = session;
      const privateKey = new Secret(key);
      const host = await connect({ address, hostKeys, port: 22, username: 'root', privateKey });
      try {
        const began = performance.now();
        const runs = await storageProperty(host, (await inventoryOf(name)).disks, 4, 11 + index);
        const seconds = (performance.now() - began) / 1000;
        console.log(
          `  ${name}: ${runs.map(({ layout, refused }) => `${layout}${refused ? ' (refused)' : ''}`).join(', ')}: 0 differences, ${seconds.toFixed(0)} s`,
        );
        expect(runs.some(({ digest }) => digest !== undefined)).toBe(true);
      } finally {
        host.close();
      }
    }
  });
});

describe('stopped while its disk is written', () => {
  it('ends at once, and nothing goes on in its memory', async () => {
    await rack.person.show(
      ...[
        'machine',
        'deploy',
        bios,
        '--image',
        IMAGE,
        '--disk',
        `serial=${serialOf(bios)}-0`,
        '--yes',
        '--detach',
      ],
    );
    await expect
      .poll(() => rack.stateOfStep(bios, 'write image'), { timeout: 300_000, interval: 200 })
      .toBe('running');
    const began = performance.now();
    await rack.person.show('machine', 'abort', bios, '--reason', 'the wrong image', '--yes');
    await expect
      .poll(async () => (await rack.show(bios)).state, { timeout: 60_000, interval: 500 })
      .toBe('Failed deployment');
    console.log(`  stopped in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const [operation] = await operationsOf(rack.person, bios);
    expect(operation).toMatchObject({ kind: 'deploy', state: 'failed', failure: { code: 'ABORTED' } });
    const units = await rack.within.run(
      ...([bios, 'systemctl', 'list-units', '--state=running', '--plain', 'rackwright-*'] as const),
    );
    expect(units).not.toMatch(/rackwright-.*\.service/);
    expect(mountpoints(await rack.blockDevices(bios))).toEqual([]);
  });
});

describe('to RAM', () => {
  it('is deployed again at once; where a layer is refused, the system stays, and takes another', async () => {
    const deploy = (name: string, ...more: readonly string[]) =>
      rack.person.show(
        ...['machine', 'deploy', name, '--image', IMAGE, '--ephemeral', '--timezone', 'Europe/Berlin'],
        ...[...more, '--yes', '--wait'],
      );
    // Its images have no room in a machine's memory.
    await Promise.all([expect(deploy(bios, '--layer', 'docker')).rejects.toThrow(), deploy(uefi)]);
    const { state, failure, deployment } = await rack.show(bios);
    expect({ state, code: failure?.code }).toEqual({ state: 'Failed layers', code: 'MACHINE_TOO_SMALL' });
    expect(failure?.message).toMatch(/^docker: .* MiB of room, and 2048 are needed/);
    const boot = await rack.within.bootId(bios);

    await rack.person.show('layer', 'apply', 'nginx', bios, '--wait');
    expect(await rack.show(bios)).toMatchObject({
      state: 'Deployed',
      deployment,
      layers: [{ name: 'nginx' }],
    });
    expect(await rack.within.bootId(bios)).toBe(boot);
  });

  it('runs at the address of its plan, and no disk is used', async () => {
    for (const { name } of machines) {
      const { deployment, session } = await rack.show(name);
      expect(deployment).toMatchObject({ ephemeral: true });
      const addresses = globalAddresses(await rack.links(name));
      expect(addresses).toContain(deployment?.address);
      expect(addresses, 'the lease that nobody renews').not.toContain(session?.address);
      expect((await rack.within.run(name, 'hostname')).trim()).toBe(name);
      expect(await rack.within.run(name, 'date', '+%Z')).toMatch(/CES?T/);
      expect(mountpoints(await rack.blockDevices(name))).toEqual([]);
    }
  });
});

describe('given back', () => {
  it('is erased, quick and secure, with evidence for each disk', async () => {
    await Promise.all([
      rack.person.show('machine', 'release', bios, '--erase', 'quick', '--yes', '--wait'),
      rack.person.show(
        ...['machine', 'release', uefi, '--erase', 'secure', '--fallback', 'full', '--yes', '--wait'],
      ),
    ]);
    for (const { name, serial, disks } of machines) {
      const evidence = await rack.person.read<readonly EraseEvidence[]>('machine', 'evidence', name);
      expect(evidence.map(({ disk }) => disk.serial).toSorted()).toEqual(
        disks.map((_, number) => `${serial}-${number}`),
      );
      expect(evidence.map(({ result }) => result)).toEqual(disks.map(() => 'ok'));
      console.log(`  ${name}: ${evidence.map(({ disk, method }) => `${disk.name} by ${method}`).join(', ')}`);
      const nvme = evidence.find(({ disk }) => disk.name.startsWith('nvme'));
      expect(nvme?.method).toBe(name === uefi ? 'nvme-format' : 'signatures');
      for (const number of disks.keys())
        expect(await startsEmpty(rack.diskPath(name, number)), `disk ${number} of ${name}`).toBe(true);
      expect(await rack.show(name)).toMatchObject({ state: 'Ready', observedPower: { state: 'off' } });
    }
  });
});
