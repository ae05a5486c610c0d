import type {
  AddressingRequest,
  BondRequest,
  BridgeRequest,
  NetworkRequest,
  Nic,
  PlannedBond,
  PlannedBridge,
  PlannedInterface,
  PlannedVlan,
  VlanRequest,
} from '../../model/index.ts';
import { parseMac, type Mac } from '../../net/index.ts';
import { checkBond, checkBridge } from './network-parameters.ts';
import { checkLinkName, checkVlanName, cardNames } from './network-names.ts';
import { quoted, refuse } from './refuse.ts';

export interface Links {
  readonly interfaces: readonly PlannedInterface[];
  /** Where each was asked for, by its name. Absent: a card that only a bond, bridge or VLAN names. */
  readonly asked: ReadonlyMap<string, { readonly request: AddressingRequest; readonly path: string }>;
  /** Of each member, its bond or bridge. */
  readonly masterOf: ReadonlyMap<string, string>;
  /** What people wrote → name of the interface. @throws CodedError REQUEST_INVALID */
  readonly resolve: (text: string, path: string) => string;
}

/** IFLA_BOND and bridge ports are cheap, but nobody's rack has more. */
const MOST = 64;
const plain = { addresses: [], dhcp4: false, dhcp6: false, routes: [] } as const;

/** What there will be, without addresses: cards that exist, and what is made of them. */
export function planLinks(request: NetworkRequest, nics: readonly Nic[]): Links {
  const { interfaces = [], bonds = [], bridges = [], vlans = [] } = request;
  if (interfaces.length + bonds.length + bridges.length + vlans.length > MOST)
    refuse('network', `There are more than ${MOST} interfaces.`);
  const names = cardNames(nics);
  const links = new Map<string, PlannedInterface>();
  const asked = new Map<string, { request: AddressingRequest; path: string }>();
  const masterOf = new Map<string, string>();
  const made = new Set([...bonds, ...bridges, ...vlans].map(({ name }) => name));

  const findCard = (text: string): Nic | undefined =>
    nics.find(({ name, mac }) => name === text || mac === parseMac(text) || names.get(mac) === text);
  const addCard = (nic: Nic): string => {
    const name = names.get(nic.mac) as string;
    if (!links.has(name)) links.set(name, { kind: 'card', name, mac: nic.mac, ...plain });
    return name;
  };
  const resolve = (text: string, path: string): string => {
    if (made.has(text) || links.has(text)) return text;
    const nic = findCard(text);
    if (nic) return addCard(nic);
    const there = nics.map(({ name, mac }) => `${name} (${mac})`).join(', ') || 'none';
    return refuse(path, `There is no interface ${quoted(text)}. The machine's cards: ${there}.`);
  };
  const add = (link: PlannedInterface, from: AddressingRequest, path: string): void => {
    if (asked.has(link.name))
      refuse(path, `${link.name} is there already: ${asked.get(link.name)?.path} names it.`);
    links.set(link.name, link);
    asked.set(link.name, { request: from, path });
  };
  const join = (master: string, text: string, path: string, kinds: readonly PlannedInterface['kind'][]) => {
    const name = resolve(text, path);
    const other = masterOf.get(name);
    if (name === master) refuse(path, `${master} cannot be in itself.`);
    if (other !== undefined) refuse(path, `${name} is in ${other} already.`);
    const kind = kindOf(name, request);
    if (!kinds.includes(kind)) refuse(path, `${name} is a ${kind}, which cannot be in ${master}.`);
    masterOf.set(name, master);
    return name;
  };

  for (const [index, card] of interfaces.entries()) {
    const path = `network.interfaces[${index}]`;
    const name = resolve(card.card, `${path}.card`);
    const link = links.get(name);
    if (link?.kind !== 'card') refuse(`${path}.card`, `${name} is no card.`);
    add(link, card, path);
  }
  for (const [index, bond] of bonds.entries()) {
    const path = `network.bonds[${index}]`;
    checkLinkName(bond.name, `${path}.name`, nics);
    const members = bond.interfaces.map((text, at) =>
      join(bond.name, text, `${path}.interfaces[${at}]`, ['card']),
    );
    add(planBond(bond, members, path, links, resolve), bond, path);
  }
  for (const [index, bridge] of bridges.entries()) {
    const path = `network.bridges[${index}]`;
    checkLinkName(bridge.name, `${path}.name`, nics);
    const members = (bridge.interfaces ?? []).map((text, at) =>
      join(bridge.name, text, `${path}.interfaces[${at}]`, ['card', 'bond', 'vlan']),
    );
    add(planBridge(bridge, members, path, links), bridge, path);
  }
  for (const [index, vlan] of vlans.entries()) {
    const path = `network.vlans[${index}]`;
    add(planVlan(vlan, path, request, { nics, links, resolve }), vlan, path);
  }
  for (const [index, { link }] of vlans.entries()) {
    const path = `network.vlans[${index}].link`;
    const name = resolve(link, path);
    const master = masterOf.get(name);
    if (master !== undefined) refuse(path, `${name} is in ${master}; put the VLAN on ${master}.`);
  }
  for (const [name, master] of masterOf) checkMember(name, master, asked.get(name));
  return { interfaces: [...links.values()], asked, masterOf, resolve };
}

function kindOf(name: string, { bonds = [], bridges = [], vlans = [] }: NetworkRequest) {
  if (bonds.some((bond) => bond.name === name)) return 'bond';
  if (bridges.some((bridge) => bridge.name === name)) return 'bridge';
  return vlans.some((vlan) => vlan.name === name) ? 'vlan' : 'card';
}

function planBond(
  request: BondRequest,
  members: readonly string[],
  path: string,
  links: ReadonlyMap<string, PlannedInterface>,
  resolve: Links['resolve'],
): PlannedBond {
  const { name, mode, upDelay, downDelay, lacpRate, hashPolicy, miimon = 100 } = request;
  if (members.length === 0) refuse(`${path}.interfaces`, `${name} needs at least one card.`);
  const primary = request.primary === undefined ? undefined : resolve(request.primary, `${path}.primary`);
  checkBond({ ...request, miimon, ...(primary && { primary }) }, members, path);
  return {
    kind: 'bond',
    name,
    ...plain,
    members,
    mode,
    miimon,
    mac: macOf(members[0] as string, links) as Mac,
    ...(upDelay !== undefined && { upDelay }),
    ...(downDelay !== undefined && { downDelay }),
    ...(lacpRate && { lacpRate }),
    ...(hashPolicy && { hashPolicy }),
    ...(primary && { primary }),
  };
}

function planBridge(
  request: BridgeRequest,
  members: readonly string[],
  path: string,
  links: ReadonlyMap<string, PlannedInterface>,
): PlannedBridge {
  const { name, stp = false, hello, maxAge } = request;
  const forwardDelay = request.forwardDelay ?? (stp ? 15 : 0);
  checkBridge(
    { stp, forwardDelay, ...(hello !== undefined && { hello }), ...(maxAge !== undefined && { maxAge }) },
    path,
  );
  const mac = members.map((member) => macOf(member, links)).find((found) => found !== undefined);
  return {
    kind: 'bridge',
    name,
    ...plain,
    members,
    stp,
    forwardDelay,
    ...(hello !== undefined && { hello }),
    ...(maxAge !== undefined && { maxAge }),
    ...(mac && { mac }),
  };
}

function planVlan(
  { name, id, link: text }: VlanRequest,
  path: string,
  request: NetworkRequest,
  {
    nics,
    links,
    resolve,
  }: { nics: readonly Nic[]; links: ReadonlyMap<string, PlannedInterface>; resolve: Links['resolve'] },
): PlannedVlan {
  if (!Number.isInteger(id) || id < 1 || id > 4094)
    refuse(`${path}.id`, `${id} is no VLAN: they are numbered 1 to 4094.`);
  const link = resolve(text, `${path}.link`);
  if (kindOf(link, request) === 'vlan') refuse(`${path}.link`, `${link} is a VLAN itself.`);
  checkVlanName(name, `${path}.name`, { nics, id, link });
  for (const other of links.values()) {
    if (other.kind === 'vlan' && other.id === id && other.link === link)
      refuse(`${path}.id`, `${other.name} is VLAN ${id} of ${link} already.`);
  }
  return { kind: 'vlan', name, ...plain, id, link };
}

function macOf(name: string, links: ReadonlyMap<string, PlannedInterface>): Mac | undefined {
  const link = links.get(name);
  return link && 'mac' in link ? link.mac : undefined;
}

/** A member hands everything to its master; an address on it would answer to nobody. */
function checkMember(
  name: string,
  master: string,
  asked: { request: AddressingRequest; path: string } | undefined,
): void {
  if (!asked) return;
  const { addresses = [], routes = [], dhcp4, dhcp6, slaac, gateway4, gateway6 } = asked.request;
  const fields = {
    addresses: addresses.length > 0,
    dhcp4,
    dhcp6,
    slaac,
    gateway4,
    gateway6,
    routes: routes.length > 0,
  };
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined && value !== false)
      refuse(`${asked.path}.${field}`, `${name} is in ${master}; give this to ${master}.`);
  }
}
