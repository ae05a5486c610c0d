import type { PlannedInterface, PlannedNetwork, PlannedRoute } from '../../model/index.ts';

/**
 * interfaces(5), as Debian's ifupdown and Proxmox's ifupdown2 read it. All values are of types whose texts hold neither
 * blanks nor line breaks. Several stanzas of one interface add up; what is of the interface itself stands in the first.
 */
export function interfacesText(network: PlannedNetwork): string {
  const stanzas = network.interfaces.map((link) => {
    const [first = [], ...more] = stanzasOf(link);
    const own = [...linkLines(link), ...(link.name === network.reach ? resolverLines(network) : [])];
    return [`auto ${link.name}`, ...first, ...own, ...more.flat()].map((line) => `${line}\n`).join('');
  });
  return ['source /etc/network/interfaces.d/*\n', 'auto lo\niface lo inet loopback\n', ...stanzas].join('\n');
}

/** Each with its head first. `gateway` belongs to the first static address of its family. */
function stanzasOf(link: PlannedInterface): string[][] {
  const { name, addresses, dhcp4, dhcp6, slaac, routes } = link;
  const of = (family: 4 | 6) => addresses.filter((text) => text.includes(':') === (family === 6));
  const four = [
    ...of(4).map((address) => [`iface ${name} inet static`, `\taddress ${address}`]),
    ...(dhcp4 ? [[`iface ${name} inet dhcp`]] : []),
  ];
  const radv = slaac === undefined ? [] : [`\taccept_ra ${slaac ? 2 : 0}`, `\tautoconf ${slaac ? 1 : 0}`];
  const six = [
    ...of(6).map((address) => [`iface ${name} inet6 static`, `\taddress ${address}`, ...radv]),
    ...(dhcp6
      ? [[`iface ${name} inet6 dhcp`, ...(slaac === undefined ? [] : [`\taccept_ra ${slaac ? 2 : 0}`])]]
      : []),
    ...(slaac === true && !dhcp6 && of(6).length === 0 ? [[`iface ${name} inet6 auto`]] : []),
    ...(slaac === false && !dhcp6 && of(6).length === 0
      ? [[`iface ${name} inet6 manual`, '\taccept_ra 0']]
      : []),
  ];
  const stanzas = four.length > 0 || six.length > 0 ? [...four, ...six] : [[`iface ${name} inet manual`]];
  for (const route of routes) {
    const own = stanzas.filter(([head = '']) => head.includes(' inet6 ') === (route.family === 6));
    const fixed = own.find(([head = '']) => head.endsWith(' static'));
    const plain = route.to === 'default' && route.metric === undefined && route.table === undefined;
    const free = fixed && !fixed.some((line) => line.startsWith('\tgateway '));
    if (plain && free) fixed.splice(2, 0, `\tgateway ${route.via}`);
    else (own.at(-1) ?? stanzas.at(-1))?.push(`\tup ${routeCommand(route, name)}`);
  }
  return stanzas;
}

/** `replace`: what is run again finds its own route. */
function routeCommand({ family, to, via, metric, table }: PlannedRoute, device: string): string {
  return [
    `ip -${family} route replace ${to}`,
    ...(via === undefined ? [] : [`via ${via}`]),
    `dev ${device}`,
    ...(metric === undefined ? [] : [`metric ${metric}`]),
    ...(table === undefined ? [] : [`table ${table}`]),
  ].join(' ');
}

function linkLines(link: PlannedInterface): string[] {
  const mtu = link.mtu === undefined ? [] : [`\tmtu ${link.mtu}`];
  switch (link.kind) {
    case 'card':
      return mtu;
    case 'bond':
      return [
        `\thwaddress ether ${link.mac}`,
        `\tbond-slaves ${link.members.join(' ')}`,
        `\tbond-mode ${link.mode}`,
        `\tbond-miimon ${link.miimon}`,
        ...option('bond-updelay', link.upDelay),
        ...option('bond-downdelay', link.downDelay),
        ...option('bond-lacp-rate', link.lacpRate),
        ...option('bond-xmit-hash-policy', link.hashPolicy),
        ...option('bond-primary', link.primary),
        ...mtu,
      ];
    case 'bridge':
      return [
        `\tbridge-ports ${link.members.join(' ') || 'none'}`,
        `\tbridge-stp ${link.stp ? 'on' : 'off'}`,
        `\tbridge-fd ${link.forwardDelay}`,
        ...option('bridge-hello', link.hello),
        ...option('bridge-maxage', link.maxAge),
        ...option('bridge-hw', link.mac),
        // bridge-utils-interfaces(5): ports may be without a link for as long as they like.
        '\tbridge-maxwait 0',
        ...mtu,
      ];
    case 'vlan':
      // Package vlan makes only names that tell the number; it leaves alone what is there.
      return [
        `\tpre-up [ -e /sys/class/net/${link.name} ] || ip link add link ${link.link} name ${link.name} type vlan id ${link.id}`,
        `\tpost-down ip link delete ${link.name} || true`,
        `\tvlan-raw-device ${link.link}`,
        `\tvlan-id ${link.id}`,
        ...mtu,
      ];
  }
}

/** Read by resolvconf and systemd-resolved, if one of them is there; else /etc/resolv.conf says the same. */
function resolverLines({ nameservers, search }: PlannedNetwork): string[] {
  return [
    ...(nameservers.length === 0 ? [] : [`\tdns-nameservers ${nameservers.join(' ')}`]),
    ...(search.length === 0 ? [] : [`\tdns-search ${search.join(' ')}`]),
  ];
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`\t${name} ${value}`];
}

/** What these stanzas need beyond ifupdown and iproute2: a program, and the package that has it. */
export function ifupdownNeeds(
  network: PlannedNetwork,
): readonly { readonly file: string; readonly package: string }[] {
  const { interfaces } = network;
  return [
    ...(interfaces.some(({ kind }) => kind === 'bond')
      ? [{ file: '/etc/network/if-pre-up.d/ifenslave', package: 'ifenslave' }]
      : []),
    ...(interfaces.some(({ kind }) => kind === 'bridge')
      ? [{ file: '/sbin/brctl', package: 'bridge-utils' }]
      : []),
    ...(interfaces.some(({ dhcp4, dhcp6 }) => dhcp4 || dhcp6)
      ? [{ file: '/sbin/dhclient', package: 'isc-dhcp-client' }]
      : []),
  ];
}

/** resolv.conf(5) */
export function resolvText({ nameservers, search }: PlannedNetwork): string {
  const lines = nameservers.map((server) => `nameserver ${server}\n`);
  return [...(search.length === 0 ? [] : [`search ${search.join(' ')}\n`]), ...lines].join('');
}
