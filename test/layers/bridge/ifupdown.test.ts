import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { toBridge } from '../../../layers/parts/bridge/ifupdown.ts';

function converted(input: string): string {
  const env = { ...process.env, port: 'eth0', bridge: 'br0', options: '\tbridge_ports eth0' };
  const { status, stdout, stderr } = spawnSync('awk', [toBridge], { input, env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

test('a static configuration moves to the bridge, and nothing else changes', () => {
  expect(
    converted(`source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

# the way out
auto eth0
iface eth0 inet static
\taddress 10.0.0.5/24
\tgateway 10.0.0.1
\tdns-nameservers 10.0.0.2
\tup ip -4 route replace 10.9.0.0/16 via 10.0.0.9 dev eth0 metric 5
\tmtu 9000
\tethernet-wol g
iface eth0 inet6 static
\taddress 2001:db8::5/64

auto eth01
iface eth01 inet static
\taddress 10.1.0.5/24
\tup ip route add 10.8.0.0/16 dev eth0
`),
  ).toMatchInlineSnapshot(`
    "source /etc/network/interfaces.d/*

    auto lo
    iface lo inet loopback

    # the way out
    auto eth0
    iface eth0 inet manual
    	mtu 9000
    	ethernet-wol g

    auto br0
    iface br0 inet static
    	bridge_ports eth0
    	address 10.0.0.5/24
    	gateway 10.0.0.1
    	dns-nameservers 10.0.0.2
    	up ip -4 route replace 10.9.0.0/16 via 10.0.0.9 dev br0 metric 5
    	mtu 9000
    iface br0 inet6 static
    	address 2001:db8::5/64

    auto eth01
    iface eth01 inet static
    	address 10.1.0.5/24
    	up ip route add 10.8.0.0/16 dev eth0
    "
  `);
});

test('DHCP, a plug, and a line that goes on below', () => {
  expect(
    converted('allow-hotplug eth0\niface eth0 inet dhcp\n  post-up one \\\n    --interface eth0\n'),
  ).toMatchInlineSnapshot(`
    "allow-hotplug eth0
    iface eth0 inet manual

    auto br0
    iface br0 inet dhcp
    	bridge_ports eth0
      post-up one \\
        --interface br0
    "
  `);
});

test('a file without the port stays as it is', () => {
  const text = 'auto eth1\niface eth1 inet dhcp\n\n# end\n';
  expect(converted(text)).toBe(text);
});
