import type { PlannedNetwork } from '../../model/index.ts';
import {
  cidr,
  formatPrefix,
  type IpPrefix,
  type Mac,
  netmask,
  networkOf,
  parseIpPrefix,
} from '../../net/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { type EsxiPort, type EsxiSwitch, esxiNetwork } from '../plan/esxi-network.ts';

/**
 * What the first boot of ESXi runs, in its busybox: once, from the second boot bank, by the %firstboot of the image. A
 * step that fails is said in the log and does not keep the others from being done.
 */
export function esxiFirstBoot(hostname: string, network: PlannedNetwork): Shell {
  return lines(
    shell`#!/bin/sh
exec >/var/log/rackwright-first-boot.log 2>&1
here=$(dirname "$0")
[ ! -e "$here/done" ] || exit 0
failed=0
run() {
  echo "+ $*"
  "$@" || failed=1
}
`,
    // Before it is at its address: whoever finds SSH there finds these keys.
    placeKeys(),
    ownIdentity(),
    setNetwork(network),
    setName(hostname, network),
    shell`run vim-cmd hostsvc/enable_ssh
run vim-cmd hostsvc/start_ssh`,
    shell`run /sbin/auto-backup.sh
echo "failed: $failed"
echo "failed: $failed" >"$here/done"
`,
  );
}

/** Copies of one installation share it until it is made anew (canonical/packer-maas, vmware-esxi). */
function ownIdentity(): Shell {
  return shell`run sed -i '/\\/system\\/uuid *=/d' /etc/vmware/esx.conf
run esxcli system uuid get
`;
}

/** The cards are looked for first: where one is not there, the network stays as it was installed. */
function setNetwork(network: PlannedNetwork): Shell {
  const switches = esxiNetwork(network);
  const cards = [...new Set(switches.flatMap(({ uplinks }) => uplinks))];
  return lines(
    shell`missing=
card() {
  card=$(esxcli network nic list | tr A-F a-f | awk -v mac="$1" 'index($0, mac) { print $1; exit }')
  [ -n "$card" ] || missing="$missing $1"
}`,
    ...cards.map((mac, index) => shell`card ${mac}\ncard${index}=$card`),
    shell`if [ -n "$missing" ]; then
  echo "no card has$missing: the network stays as it is"
  failed=1
else
for adapter in $(esxcli network ip interface list | sed -n 's/^ *Name: *//p'); do
  run esxcli network ip interface remove -i "$adapter"
done
for switch in $(esxcli network vswitch standard list | sed -n 's/^ *Name: *//p'); do
  run esxcli network vswitch standard remove -v "$switch"
done`,
    ...switches.map((one) => makeSwitch(one, (mac) => shell`"$card${cards.indexOf(mac)}"`)),
    shell`fi
`,
  );
}

function makeSwitch({ name, uplinks, teaming, mtu, ports }: EsxiSwitch, cardOf: (mac: Mac) => Shell): Shell {
  const [first, ...others] = uplinks.map(cardOf);
  return lines(
    shell`run esxcli network vswitch standard add -v ${name}`,
    ...(mtu === undefined ? [] : [shell`run esxcli network vswitch standard set -v ${name} -m ${mtu}`]),
    ...uplinks.map(
      (mac) => shell`run esxcli network vswitch standard uplink add -v ${name} -u ${cardOf(mac)}`,
    ),
    ...(first && teaming ? [team(name, teaming, first, others)] : []),
    ...ports.map((port) => makePort(name, port)),
  );
}

function team(name: string, teaming: 'explicit' | 'iphash', first: Shell, others: readonly Shell[]): Shell {
  const set = shell`run esxcli network vswitch standard policy failover set -v ${name} -l ${teaming}`;
  const joined = others.reduce((sum, one) => shell`${sum},${one}`, shell``);
  if (others.length === 0) return shell`${set} -a ${first}`;
  return teaming === 'explicit'
    ? shell`${set} -a ${first} -s ${others.slice(1).reduce((sum, one) => shell`${sum},${one}`, others[0] as Shell)}`
    : shell`${set} -a ${first}${joined}`;
}

function makePort(vswitch: string, port: EsxiPort): Shell {
  const { group, vlan, adapter, mac, mtu, addresses, dhcp4, dhcp6, slaac, routes } = port;
  const prefixes = addresses.flatMap((address) => parseIpPrefix(address) ?? []);
  const four = prefixes.find(({ family }) => family === 4);
  const six = prefixes.filter(({ family }) => family === 6);
  return lines(
    shell`run esxcli network vswitch standard portgroup add -v ${vswitch} -p ${group}`,
    ...(vlan === undefined
      ? []
      : [shell`run esxcli network vswitch standard portgroup set -p ${group} -v ${vlan}`]),
    shell`run esxcli network ip interface add -i ${adapter} -p ${group}${mtu === undefined ? shell`` : shell` -m ${mtu}`}${mac === undefined ? shell`` : shell` -M ${mac}`}`,
    ...(four === undefined
      ? []
      : [
          shell`run esxcli network ip interface ipv4 set -i ${adapter} -t static -I ${four.text} -N ${maskOf(four)}`,
        ]),
    ...(dhcp4 ? [shell`run esxcli network ip interface ipv4 set -i ${adapter} -t dhcp`] : []),
    ...(six.length > 0 || dhcp6 || slaac
      ? [
          shell`run esxcli network ip interface ipv6 set -i ${adapter} -e true -d ${String(dhcp6)} -r ${String(slaac)}`,
        ]
      : []),
    ...six.map(
      (prefix) =>
        shell`run esxcli network ip interface ipv6 address add -i ${adapter} -I ${formatPrefix(prefix)}`,
    ),
    ...(adapter === 'vmk0'
      ? [shell`run esxcli network ip interface tag add -i ${adapter} -t Management`]
      : []),
    ...routes.map(
      ({ family, to, via }) =>
        shell`run esxcli network ip route ${`ipv${family}`} add -g ${via ?? ''} -n ${to}`,
    ),
  );
}

function maskOf(prefix: IpPrefix): string {
  return netmask(cidr(formatPrefix(networkOf(prefix))));
}

/** A name of one label goes with `--host`; a domain is the first one that is searched. */
function setName(hostname: string, { nameservers, search }: PlannedNetwork): Shell {
  const [domain] = search;
  return lines(
    shell`run esxcli network ip dns server remove --all`,
    ...nameservers.map((server) => shell`run esxcli network ip dns server add -s ${server}`),
    ...search.map((name) => shell`run esxcli network ip dns search add -d ${name}`),
    domain === undefined
      ? shell`run esxcli system hostname set --host=${hostname}
`
      : shell`run esxcli system hostname set --fqdn=${`${hostname}.${domain}`}
`,
  );
}

/** The private halves of the host keys do not stay on the boot bank. */
function placeKeys(): Shell {
  return shell`for type in rsa ecdsa; do
  key=/etc/ssh/ssh_host_\${type}_key
  run cp "$here/ssh_host_\${type}_key" "$key"
  run cp "$here/ssh_host_\${type}_key.pub" "$key.pub"
  run chmod 600 "$key"
done
run mkdir -p /etc/ssh/keys-root
run cp "$here/authorized_keys" /etc/ssh/keys-root/authorized_keys
run chmod 600 /etc/ssh/keys-root/authorized_keys
rm -f "$here"/ssh_host_*
`;
}
