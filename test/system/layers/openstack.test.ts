import http from 'node:http';
import https from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endpoints, endpointsIn } from '../../../layers/openstack/endpoints.ts';
import type { Operation } from '../../../model/index.ts';
import { shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench, succeededOn } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1', 'm2']);
}, 300_000);
afterAll(() => bench?.close());

const roles = [
  ['controller', 'm1'],
  ['compute', 'm2'],
] as const;

/** What a machine has that a layer could leave behind. */
const look = shell`dpkg-query -W -f '\${db:Status-Status} \${Package}\\n' | sed -n 's/^installed //p'
cut -d : -f 1 /etc/passwd /etc/group
ls -d /etc/* /etc/rackwright/* /var/lib/* /var/log/* /etc/default/* /usr/sbin/policy-rc.d /root/* 2>/dev/null || true
ip -o link | cut -d ' ' -f 2
ip netns list
systemctl list-units --plain --no-legend --state=failed
cat /etc/hosts`;

/**
 * Names of what came. Groups of udev (`kvm`, `render`), empty folders and logs of dpkg stay on any system, and gawk, once it
 * is there, is an awk that base-files needs.
 */
const ofTheCloud =
  /apache|horizon|django|wsgi|etc.rackwright|nova|neutron|keystone|glance|placement|openstack|python3|maria|mysql|rabbit|erlang|epmd|memcache|haproxy|libvirt|qemu|swtpm|polkit|dnsmasq|radvd|iscsi|policy-rc|brq|tap|vxlan|qdhcp|failed|^10\./;

async function lines(name: string, command = look): Promise<readonly string[]> {
  const { stdout } = await bench.run(name, command);
  return stdout.split('\n').sort();
}

/** Of the operation that went wrong, so that whoever reads the failure sees what the machine said. */
async function succeeded(what: string, operation: Operation): Promise<void> {
  const seconds = (from?: string, to?: string) =>
    from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : Number.NaN;
  for (const { name, state, startedAt, endedAt } of operation.steps)
    console.log(what, state, seconds(startedAt, endedAt), name);
  await succeededOn(bench, operation);
}

/** The status, or what the error is called. */
function ask(url: string, ca?: string): Promise<number | string> {
  const { get } = url.startsWith('https:') ? https : http;
  return new Promise((settle) => {
    get(url, { ...(ca !== undefined && { ca }), agent: false, timeout: 60_000 }, (answer) => {
      answer.resume();
      settle(answer.statusCode ?? 0);
    }).on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

test('a controller and a compute machine are a cloud that runs a server, are laid again without a change, and are taken away', async () => {
  const members = bench.members(roles);
  const before = { m1: await lines('m1'), m2: await lines('m2') };
  const parameters = { emulation: true };

  for (const [role, name] of roles) {
    const laid = await bench.lay(name, 'openstack', { parameters, role, members, only: 'lay' });
    await succeeded(`${role} laid`, laid);
  }
  const verified = await bench.lay('m1', 'openstack', {
    parameters,
    role: 'controller',
    members,
    only: 'verify',
  });
  await succeeded('verified', verified);

  for (const [role, name] of roles) {
    const again = await bench.lay(name, 'openstack', { parameters, role, members, only: 'lay' });
    await succeeded(`${role} again`, again);
    expect(changesOf(again)).toEqual([]);
  }
  // The user's own client, and nothing left of the verification in what it sees.
  const seen = await bench.run(
    'm1',
    shell`. /root/admin-openrc; for kind in server network image flavor; do openstack "$kind" list -f value; done; echo "$OS_USERNAME sees all"`,
    180_000,
  );
  expect(seen.stdout).toBe('admin sees all\n');
  // As anybody on the network: HTTPS whom our authority vouches for, or nothing that speaks of the cloud.
  const address = members.find(({ name }) => name === 'm1')?.address;
  const authority = await bench.run('m2', shell`cat /etc/rackwright/tls/openstack/authority.crt`);
  for (const { port } of endpointsIn({ members }).map((name) => endpoints[name])) {
    const answer = await ask(`https://${address}:${port}/`, authority.stdout);
    expect(answer, `${port}`).toBeTypeOf('number');
    expect(answer, `${port}`).toBeLessThan(500);
    expect(await ask(`https://${address}:${port}/`), `${port} to whom trusts nobody`).toMatch(/CERT|VERIFY/);
    expect(await ask(`http://${address}:${port}/`), `${port} without TLS`).toBe(400);
    expect(await ask(`http://${address}:${port + 10_000}/`), `behind ${port}`).toBe('ECONNREFUSED');
  }
  // A password that is an argument, or in a file for everybody, is one that everybody has.
  const shown = await bench.run(
    'm1',
    shell`cat /var/lib/rackwright/secrets/openstack/* /dev/null | wc -c
for secret in /var/lib/rackwright/secrets/openstack/*; do
  cat /proc/[0-9]*/cmdline 2>/dev/null | grep -aqF -f "$secret" && echo "an argument shows $secret"
  find /etc /root -xdev -type f -perm -o+r -exec grep -lF -f "$secret" {} +
done || true`,
  );
  expect(shown.stdout).toBe('192\n');

  const kept: string[] = [];
  for (const [role, name] of roles.toReversed()) {
    await succeeded(`${role} removed`, await bench.remove(name, 'openstack'));
    expect((await bench.record(name)).layers).toEqual([]);
    const left = (await lines(name)).filter((line) => !before[name].includes(line));
    console.log(`${name} keeps ${left.join(' ')}`);
    kept.push(...left.filter((line) => ofTheCloud.test(line)));
  }
  expect(kept).toEqual([]);
}, 3_000_000);
