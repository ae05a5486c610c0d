import { broadcastAddress, contains, type Ipv4, inRange, type Mac, networkAddress } from '../../net/index.ts';
import type { World } from './world.ts';

/**
 * RFC 2131 section 4.3.1, with the reservation in front: what is set aside for this MAC, what it has or had, what it
 * asks for, and then anything that is free.
 */
export function chooseAddress(mac: Mac, requested: Ipv4 | undefined, world: World): Ipv4 | undefined {
  const wishes = [
    world.reservation,
    world.leases.leaseOf(mac)?.address,
    world.leases.offerOf(mac)?.address,
    requested,
  ];
  return wishes.find((address) => address && mayHave(mac, address, world)) ?? world.leases.free(world.now);
}

/** Whether this client may be given this very address now. */
export function mayHave(mac: Mac, address: Ipv4, world: World): boolean {
  const { subnet, reservation } = world;
  if (!contains(subnet.cidr, address) || isSpoken(address, world)) return false;
  return (address === reservation || inRange(subnet.dynamic, address)) && !heldByOther(mac, address, world);
}

/** Network, broadcast, ourselves, the gateway: never a client's, whatever the ranges say. */
export function isSpoken(address: Ipv4, { subnet }: Pick<World, 'subnet'>): boolean {
  return (
    address === networkAddress(subnet.cidr) ||
    address === broadcastAddress(subnet.cidr) ||
    address === subnet.serverAddress ||
    address === subnet.gateway ||
    subnet.dns.includes(address)
  );
}

export function heldByOther(mac: Mac, address: Ipv4, { leases, now }: World): boolean {
  const lease = leases.leaseAt(address);
  if (lease && lease.until > now && (lease.mac !== mac || lease.state === 'declined')) return true;
  const offer = leases.offerAt(address);
  return offer !== undefined && offer.until > now && offer.mac !== mac;
}
