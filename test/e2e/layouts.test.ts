import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { powerOn, pullDisks } from '../../lab/index.ts';
import { awaitEnlisted } from '../../lab/story.ts';
import {
  bigMachines as machines,
  type BigRack,
  bigRack,
  bios,
  globalAddresses,
  IMAGE,
  mountpoints,
  serialOf,
  specOf,
  uefi,
} from '../fixtures/big-rack.ts';
import { wayTo } from '../fixtures/inside.ts';

/**
 * LVM and RAID 1 with both kinds of firmware, a bond with a VLAN, rescue, and the image of a whole disk: looked at from inside, and
 * started cold to see that the machines come back by themselves. Most of an emulated processor's hour and a half goes into making
 * initrds. The tests of this file tell one story in order.
 */
let rack: BigRack;

beforeAll(async () => {
  rack = await bigRack('layouts');
  for (const { name } of machines) await powerOn(rack.lab.rack, name);
  await awaitEnlisted(rack.lab.rack, rack.person, 10 * 60_000);
  await rack.person.show('machine', 'commission', bios, uefi, '--yes', '--wait');
});
afterAll(() => rack?.lab.end());

describe('LVM on the one, RAID 1 on the other, and a bond with a VLAN on both', () => {
  it('are deployed side by side', async () => {
    await Promise.all([deploy(bios, 'lvm'), deploy(uefi, 'raid1')]);
    await lookInside(bios, 'lvm');
    await lookInside(uefi, 'raid1', 'whole');
    await lookAtNetwork();
  });

  it('come back after a cold start, the mirror without its first disk', async () => {
    await rack.coldStart({ [bios]: [], [uefi]: [0] });
    await lookInside(bios, 'lvm');
    await lookInside(uefi, 'raid1', 'degraded');
    await lookAtNetwork();
  });

  it('is rescued: its disk stays as it is, and it comes back to it', async () => {
    const before = await rack.within.bootId(bios);
    await rack.within.run(bios, 'touch', '/root/was-here');
    await rack.person.show('machine', 'rescue', bios, '--yes', '--wait');
    expect(await rack.show(bios)).toMatchObject({ state: 'Rescue' });
    expect(mountpoints(await rack.blockDevices(bios)), 'nothing of its disk is in use').toEqual([]);
    await rack.within.run(bios, 'vgchange', '-ay', 'system');
    const listing = await rack.within.run(
      ...([bios, 'mount -o ro /dev/system/root /mnt && ls /mnt/root && umount /mnt'] as const),
    );
    expect(listing).toContain('was-here');
    await rack.person.show('machine', 'exit-rescue', bios, '--yes', '--wait');
    expect(await rack.show(bios)).toMatchObject({ state: 'Deployed' });
    await rack.within.awaitAnotherBoot(bios, before);
    expect(await rack.within.run(bios, 'ls', '/root')).toContain('was-here');
  });

  it('are given back, and the mirror gets its disk again', async () => {
    await pullDisks(rack.lab.rack, uefi, []);
    await rack.person.show('machine', 'release', bios, uefi, '--erase', 'quick', '--yes', '--wait');
  });
});

describe('the other way round', () => {
  it('are deployed: RAID 1 with BIOS, LVM with UEFI', async () => {
    await Promise.all([deploy(bios, 'raid1'), deploy(uefi, 'lvm')]);
    await lookInside(bios, 'raid1', 'whole');
    await lookInside(uefi, 'lvm');
  });

  it('come back after a cold start, the mirror without its first disk', async () => {
    await rack.coldStart({ [bios]: [0], [uefi]: [] });
    await lookInside(bios, 'raid1', 'degraded');
    await lookInside(uefi, 'lvm');
    await lookAtNetwork();
    await pullDisks(rack.lab.rack, bios, []);
    await rack.person.show('machine', 'release', bios, uefi, '--erase', 'quick', '--yes', '--wait');
  });
});

describe('the image of a whole disk', () => {
  it('is taken from a machine, put on another of its disks, and comes back after a cold start', async () => {
    const onto = (image: string, disk: number, ...more: readonly string[]) =>
      rack.person.show(
        ...['machine', 'deploy', uefi, '--image', image, '--disk', `serial=${serialOf(uefi)}-${disk}`],
        ...[...more, '--yes', '--wait'],
      );
    await onto(IMAGE, 2);
    await rack.person.show('machine', 'power', uefi, 'off', '--yes', '--wait');
    const file = join(rack.lab.folder, 'captured.qcow2');
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', '-c', rack.diskPath(uefi, 2), file]);
    await rack.person.show(
      ...[
        'image',
        'import',
        'captured/1',
        file,
        '--unsigned',
        '--firmware',
        'uefi',
        '--default-user',
        'debian',
      ],
    );
    await rack.person.show('machine', 'release', uefi, '--erase', 'quick', '--yes', '--wait');
    await onto('captured/1', 3, '--hostname', 'whole-disk');
    const look = async () => {
      expect(wayTo('/', await rack.blockDevices(uefi))[0]?.serial).toBe(`${serialOf(uefi)}-3`);
      expect((await rack.within.run(uefi, 'hostname')).trim()).toBe('whole-disk');
      expect(globalAddresses(await rack.links(uefi))).toEqual([(await rack.show(uefi)).deployment?.address]);
      expect(await rack.within.run(uefi, 'efibootmgr')).toMatch(/Boot[0-9A-F]{4}\* rackwright-image/);
    };
    await look();
    await rack.coldStart({ [uefi]: [] });
    await look();
  });
});

const storage: Readonly<Record<'lvm' | 'raid1', (serial: string) => readonly string[]>> = {
  lvm: (serial) => ['--disk', `serial=${serial}-0`, '--root-size', '6GiB', '--swap', '256MiB'],
  raid1: (serial) => [0, 1].flatMap((disk) => ['--disk', `serial=${serial}-${disk}`]),
};
/** In the VLAN on top of the bond. */
const inVlan: Readonly<Record<string, string>> = { [bios]: '192.168.77.1', [uefi]: '192.168.77.2' };

/** With both cards in a bond, which is where the machine is reached, and VLAN 77 on top of it. */
async function deploy(name: string, layout: 'lvm' | 'raid1'): Promise<void> {
  const file = join(rack.lab.folder, `${name}.yaml`);
  const network = {
    bonds: [{ name: 'bond0', interfaces: specOf(name).macs, mode: 'active-backup', addresses: ['auto'] }],
    vlans: [{ name: 'storage', id: 77, link: 'bond0', addresses: [`${inVlan[name]}/24`] }],
  };
  await writeFile(file, JSON.stringify(network));
  await rack.person.show(
    ...['machine', 'deploy', name, '--image', IMAGE, '--layout', layout, ...storage[layout](serialOf(name))],
    ...['--network-file', file, '--yes', '--wait'],
  );
}

async function lookInside(name: string, layout: 'lvm' | 'raid1', mirror?: 'whole' | 'degraded') {
  const devices = await rack.blockDevices(name);
  expect(wayTo('/', devices).map(({ type }) => type)).toEqual(['disk', 'part', layout]);
  if (layout === 'lvm') expect(mountpoints(devices)).toContain('[SWAP]');
  else {
    const mdstat = await rack.within.run(name, 'cat', '/proc/mdstat');
    expect(mdstat).toMatch(mirror === 'whole' ? /\[2\/2\] \[UU\]/ : /\[2\/1\] \[(_U|U_)\]/);
  }
  if (specOf(name).firmware !== 'uefi') return;
  const entries = await rack.within.run(name, 'efibootmgr');
  expect(entries).toMatch(/Boot[0-9A-F]{4}\* debian\b/);
  if (mirror !== undefined) expect(entries).toMatch(/Boot[0-9A-F]{4}\* debian disk 2/);
}

async function lookAtNetwork(): Promise<void> {
  for (const { name, macs } of machines) {
    const links = await rack.links(name);
    const bond = links.find(({ ifname }) => ifname === 'bond0');
    expect(bond?.linkinfo).toMatchObject({ info_kind: 'bond', info_data: { mode: 'active-backup' } });
    expect(links.filter(({ master }) => master === 'bond0')).toHaveLength(macs.length);
    expect(bond?.addr_info.map(({ local }) => local)).toContain((await rack.show(name)).deployment?.address);
    const tagged = links.find(({ ifname }) => ifname === 'storage');
    expect(tagged?.linkinfo).toMatchObject({ info_kind: 'vlan', info_data: { id: 77 } });
    expect(tagged?.addr_info.map(({ local }) => local)).toContain(inVlan[name]);
  }
  expect(await rack.within.run(bios, 'ping', '-c', '3', '-W', '5', inVlan[uefi] ?? '')).toContain(
    ' 0% packet loss',
  );
}
