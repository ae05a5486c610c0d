import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../../layers/index.ts';
import type { Context, Parameters } from '../../../layers/openstack/parameters.ts';
import { dropVolumeGroup, makeVolumeGroup } from '../../../layers/openstack/volume-group.ts';
import type { Operation } from '../../../model/index.ts';
import { ipv4 } from '../../../net/index.ts';
import { type Shell, shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1', 'm2']);
}, 300_000);
afterAll(() => bench?.close());

/** One machine stands for all the others: what they are refused for, and what the controller is told of them. */
const roles = [
  ['controller', 'm1'],
  ['network', 'm2'],
  ['storage', 'm2'],
  ['compute', 'm2'],
] as const;
const parameters = { emulation: true, networks: 'ovn', volumeDevices: '/dev/disk/by-id/none' };

async function succeeded(what: string, operation: Operation): Promise<void> {
  for (const { name, state, startedAt, endedAt } of operation.steps)
    console.log(
      what,
      state,
      startedAt && endedAt ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : '',
      name,
    );
  if (!operation.failure) return;
  const step = operation.steps.find(({ state }) => state === 'failed')?.name ?? '';
  const log = await bench.plane.store.operations.log(operation.id, step);
  throw new Error(`${what}: ${JSON.stringify(operation.failure)}\n${JSON.stringify(log).slice(-4_000)}`);
}

function kernelHas(module: string): boolean {
  return spawnSync('sh', ['-c', `[ -d /sys/module/${module} ] || modinfo ${module}`]).status === 0;
}

describe('a kernel without the module is refused before the first change', () => {
  test.skipIf(kernelHas('openvswitch')).each(['network', 'compute'])(
    'openvswitch, as %s',
    async (role) => {
      const members = bench.members(roles);
      const refused = await bench.lay('m2', 'openstack', { parameters, role, members, only: 'lay' });
      expect(refused.failure?.code).toBe('LAYER_UNSUPPORTED');
      expect(refused.failure?.message).toContain('networks=linuxbridge');
      expect(refused.steps.map(({ name }) => name)).toEqual(['look before the layers']);
    },
    120_000,
  );
  test.skipIf(kernelHas('dm_mod'))(
    'dm_mod, as storage',
    async () => {
      const members = bench.members(roles);
      const refused = await bench.lay('m2', 'openstack', {
        parameters,
        role: 'storage',
        members,
        only: 'lay',
      });
      expect(refused.failure?.code).toBe('LAYER_UNSUPPORTED');
      expect(refused.failure?.message).toContain('dm_mod');
    },
    120_000,
  );
});

test('a controller for volumes and OVN has both APIs, and hands on what it is asked for', async () => {
  const members = bench.members(roles);
  const on = { parameters, role: 'controller', members, only: 'lay' } as const;
  await succeeded('laid', await bench.lay('m1', 'openstack', on));

  const admin = (command: Shell) =>
    bench.run('m1', shell`. /root/admin-openrc; set -eu; ${command}`, 180_000);
  // Nobody has room for it: that is what the scheduler says, and it takes the API, the broker and the database.
  const volume = await admin(shell`openstack volume service list -f value -c Binary -c State
volume=$(openstack volume create --size 1 first -f value -c id)
left=60
until [ "$(openstack volume show "$volume" -f value -c status)" = error ] || [ $left -le 0 ]; do left=$((left - 1)); sleep 1; done
openstack volume show "$volume" -f value -c status
openstack volume message list -f value -c Message 2>/dev/null || true
openstack volume delete "$volume"
openstack quota show --volume -f value -c volumes 2>/dev/null || openstack quota show -f value -c volumes
sleep 5; openstack volume list --all-projects -f value; echo end`);
  console.log(volume.stdout, volume.stderr);
  expect(volume.stdout).toContain('cinder-scheduler up\nerror\n');
  expect(volume.stdout).toMatch(/\n10\nend\n$/);

  const network = await admin(shell`network=$(openstack network create first -f value -c id)
openstack network show "$network" -f value -c provider:network_type -c mtu
openstack subnet create --network "$network" --subnet-range 198.51.100.0/24 first -f value -c enable_dhcp
port=$(openstack port create --network "$network" first -f value -c id)
router=$(openstack router create first -f value -c id)
openstack router add subnet "$router" first
ovn-nbctl show
ovn-nbctl --bare --columns=cidr find dhcp_options
ovn-nbctl lsp-list "neutron-$network" | grep -c "$port"
ovn-nbctl lr-list | grep -c "neutron-$router"
openstack router remove subnet "$router" first
openstack router delete "$router"
openstack port delete "$port"
openstack network delete "$network"
ovn-nbctl show; echo end`);
  console.log(network.stdout, network.stderr);
  expect(network.stdout).toMatch(/^geneve\n1442\n|^1442\ngeneve\n/);
  expect(network.stdout).toContain('198.51.100.0/24');
  expect(network.stdout).toMatch(/\n1\n1\nend\n$/);

  // A storage machine sees cinder's tables from its own address, and no others'.
  await bench.run(
    'm2',
    shell`DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install mariadb-client lvm2 >/dev/null 2>&1`,
    300_000,
  );
  const secret = await bench.run('m1', shell`cat /var/lib/rackwright/secrets/openstack/database`);
  const address = members.find(({ role }) => role === 'controller')?.address ?? '';
  const seen = await bench.run(
    'm2',
    shell`MYSQL_PWD=${secret.stdout} mariadb -N -h ${address} -u cinder -e 'SHOW DATABASES; SELECT COUNT(*) FROM cinder.volumes'`,
  );
  expect(seen.stdout).toBe('cinder\ninformation_schema\n1\n');
  const stranger = await bench.run(
    'm1',
    shell`MYSQL_PWD=${secret.stdout} mariadb -h ${address} -u cinder -e 'SHOW DATABASES' 2>&1 || true`,
  );
  expect(stranger.stdout).toContain('Access denied');

  const again = await bench.lay('m1', 'openstack', on);
  await succeeded('again', again);
  expect(changesOf(again)).toEqual([]);
  const other = await bench.lay('m1', 'openstack', { ...on, parameters: { emulation: true } });
  expect(other.failure?.code).toBe('LAYER_UNMET');
  expect(other.failure?.message).toContain('networks=ovn');

  await succeeded('removed', await bench.remove('m1', 'openstack'));
  const left = await bench.run(
    'm1',
    shell`dpkg-query -W -f '\${db:Status-Status} \${Package}\\n' | sed -n 's/^installed //p' | grep -E 'ovn|openvswitch|cinder|neutron|tgt|maria' || true
cut -d : -f 1 /etc/passwd /etc/group
ls -d /etc/* /var/lib/* /var/log/*`,
  );
  expect(
    left.stdout.split('\n').filter((line) => /cinder|neutron|ovn|openvswitch|tgt|maria/.test(line)),
  ).toEqual([]);
}, 2_400_000);

/** LVM writes groups without the kernel's help; a volume in one would take dm_mod. */
test('a volume group is made of free disks, and of no other', async () => {
  const context = (device: string): Context => ({
    machineName: 'm2',
    address: bench.members([['storage', 'm2']])[0]?.address ?? ipv4('127.0.0.1'),
    role: 'storage',
    system: 'debian/12',
    members: [],
    parameters: {
      ...(parseParameters(findLayer('openstack'), { volumeGroup: 'rw-test' }) as Parameters),
      volumeDevices: device,
    },
  });
  const step = (device: string) => makeVolumeGroup(context(device));
  const sh = (script: Shell) => bench.run('m2', shell`sh -eu -c ${script.text} 2>&1; echo "status $?"`);
  const made = await bench.run(
    'm2',
    shell`for n in 1 2; do truncate -s 64M /root/disk$n; losetup -f --show /root/disk$n; done`,
  );
  const [free = '', taken = ''] = made.stdout.trim().split('\n');
  try {
    await bench.run('m2', shell`mkfs.ext4 -q ${taken} && mount ${taken} /mnt`);
    const refused = async (device: string) => (await sh(step(device).script)).stdout;
    expect(await refused(taken)).toContain(`${taken} is mounted\nstatus 1`);
    await bench.run('m2', shell`umount /mnt`);
    expect(await refused(taken)).toContain(`${taken} has something on it: ext4 \nstatus 1`);
    expect(await refused(`${free},${taken}`)).toContain('status 1');
    expect(await refused('/dev/disk/by-id/none')).toContain(
      'there is no disk /dev/disk/by-id/none\nstatus 1',
    );
    expect((await sh(step(free).done ?? shell`true`)).stdout).not.toContain('status 0');

    expect((await sh(step(free).script)).stdout).toContain('status 0');
    expect((await sh(step(free).done ?? shell`false`)).stdout).toContain('status 0');
    expect(await refused(free)).toContain(`${free} is of a volume group already\nstatus 1`);

    expect((await sh(dropVolumeGroup.script)).stdout).toContain('status 0');
    expect((await sh(dropVolumeGroup.done ?? shell`false`)).stdout).toContain('status 0');
    expect((await bench.run('m2', shell`wipefs --noheadings ${free}`)).stdout).toBe('');
  } finally {
    await bench.run(
      'm2',
      shell`umount /mnt 2>/dev/null; losetup -d ${free} ${taken}; rm -f /root/disk1 /root/disk2`,
    );
  }
}, 300_000);
