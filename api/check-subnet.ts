import type { Subnet } from '../model/index.ts';
import {
  broadcastAddress,
  contains,
  type Ipv4,
  type Ipv4Range,
  inRange,
  ipv4ToNumber,
  networkAddress,
  prefixLength,
} from '../net/index.ts';
import { invalid } from './invalid.ts';

/** What the fields of a subnet must be to one another. @throws CodedError REQUEST_INVALID naming the field. */
export function checkSubnet(subnet: Subnet, others: readonly Subnet[]): void {
  if (prefixLength(subnet.cidr) > 30) throw invalid('cidr', 'leaves no room for machines: at most /30');
  checkMember(subnet, 'serverAddress', subnet.serverAddress);
  if (subnet.gateway) checkMember(subnet, 'gateway', subnet.gateway);
  for (const name of ['dynamic', 'static'] as const) checkRange(subnet, name, subnet[name]);
  if (overlap(subnet.dynamic, subnet.static)) {
    throw invalid('static', 'overlaps the dynamic range: an address would be given twice');
  }
  for (const other of others) {
    if (other.name === subnet.name || other.site !== subnet.site) continue;
    if (
      contains(other.cidr, networkAddress(subnet.cidr)) ||
      contains(subnet.cidr, networkAddress(other.cidr))
    ) {
      throw invalid('cidr', `overlaps ${other.cidr} of subnet ${other.name}`);
    }
  }
}

function checkMember(subnet: Subnet, field: string, address: Ipv4): void {
  if (!contains(subnet.cidr, address)) throw invalid(field, `${address} is not in ${subnet.cidr}`);
  if (address === networkAddress(subnet.cidr) || address === broadcastAddress(subnet.cidr)) {
    throw invalid(field, `${address} is the network or broadcast address of ${subnet.cidr}`);
  }
}

function checkRange(subnet: Subnet, name: 'dynamic' | 'static', range: Ipv4Range): void {
  checkMember(subnet, `${name}.first`, range.first);
  checkMember(subnet, `${name}.last`, range.last);
  if (ipv4ToNumber(range.first) > ipv4ToNumber(range.last)) {
    throw invalid(`${name}.last`, `${range.last} comes before ${range.first}`);
  }
  if (inRange(range, subnet.serverAddress)) {
    throw invalid(name, `holds the server's own address ${subnet.serverAddress}`);
  }
  if (subnet.gateway && inRange(range, subnet.gateway)) {
    throw invalid(name, `holds the gateway ${subnet.gateway}`);
  }
}

function overlap(one: Ipv4Range, other: Ipv4Range): boolean {
  return inRange(one, other.first) || inRange(other, one.first);
}
