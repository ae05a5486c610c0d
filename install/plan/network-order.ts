import type { PlannedInterface } from '../../model/index.ts';
import type { Links } from './network-links.ts';
import { refuse } from './refuse.ts';

/** RFC 894, section 4. */
const ETHERNET = 1500;
/** RFC 791, section 3.1: every host takes so much. RFC 8200, section 5: every link of IPv6 carries so much. */
const LEAST = 576;
const LEAST_IPV6 = 1280;
/** Larger frames than switches and cards agree on. */
const MOST = 9216;

/** What others are made of comes first. @throws CodedError REQUEST_INVALID when it goes round in a circle */
export function inOrder(interfaces: readonly PlannedInterface[], links: Links): readonly PlannedInterface[] {
  const byName = new Map(interfaces.map((link) => [link.name, link]));
  const done: PlannedInterface[] = [];
  const visit = (name: string, below: readonly string[]): void => {
    const link = byName.get(name);
    if (!link || done.includes(link)) return;
    if (below.includes(name)) {
      const circle = [...below.slice(below.indexOf(name)), name].join(' → ');
      refuse(links.asked.get(name)?.path ?? 'network', `It is made of itself: ${circle}.`);
    }
    for (const part of partsOf(link)) visit(part, [...below, name]);
    done.push(link);
  };
  for (const { name } of interfaces) visit(name, []);
  return done;
}

export function partsOf(link: PlannedInterface): readonly string[] {
  switch (link.kind) {
    case 'card':
      return [];
    case 'bond':
    case 'bridge':
      return link.members;
    case 'vlan':
      return [link.link];
  }
}

/** A frame that fits into an interface must fit into what the interface is made of. Bonds give their members theirs. */
export function checkMtu(interfaces: readonly PlannedInterface[], { asked, masterOf }: Links): void {
  const byName = new Map(interfaces.map((link) => [link.name, link]));
  const mtuOf = (name: string): number => {
    const link = byName.get(name) as PlannedInterface;
    const master = byName.get(masterOf.get(name) ?? '');
    if (link.mtu !== undefined) return link.mtu;
    if (master?.kind === 'bond') return master.mtu ?? ETHERNET;
    return link.kind === 'vlan' ? mtuOf(link.link) : ETHERNET;
  };
  for (const link of interfaces) {
    const path = `${asked.get(link.name)?.path}.mtu`;
    const { mtu } = link;
    if (mtu !== undefined && (!Number.isInteger(mtu) || mtu < LEAST || mtu > MOST))
      refuse(path, `must be ${LEAST} to ${MOST} bytes.`);
    if (mtu !== undefined && mtu < LEAST_IPV6 && usesIpv6(link))
      refuse(path, `IPv6 needs ${LEAST_IPV6} bytes at least.`);
    for (const part of partsOf(link)) {
      const inner = mtuOf(part);
      const mine = mtuOf(link.name);
      if (link.kind === 'bond' ? inner !== mine : inner < mine)
        refuse(path, `${link.name} carries ${mine} bytes, and ${part} below it ${inner}.`);
    }
  }
}

function usesIpv6({ addresses, dhcp6, slaac }: PlannedInterface): boolean {
  return dhcp6 || slaac === true || addresses.some((text) => text.includes(':'));
}
