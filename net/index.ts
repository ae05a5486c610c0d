export { isListed, isPublicAddress, type NetworkList, parseNetworkList } from './address-class.ts';
export { MalformedError, Reader, TruncatedError, Writer } from './bytes.ts';
export {
  addressesOf,
  broadcastAddress,
  type Cidr,
  cidr,
  contains,
  inRange,
  type Ipv4Range,
  netmask,
  networkAddress,
  parseCidr,
  prefixLength,
} from './cidr.ts';
export {
  type Ipv4,
  ipv4,
  ipv4FromBytes,
  ipv4FromNumber,
  ipv4ToBytes,
  ipv4ToNumber,
  parseIpv4,
} from './ipv4.ts';
export { type Ipv6, ipv6FromNumber, ipv6ToNumber, parseIpv6 } from './ipv6.ts';
export { type Mac, macFromBytes, macToBytes, macWithHyphens, parseMac } from './mac.ts';
export {
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  isHostAddress,
  isOnLink,
  networkOf,
  parseIpAddress,
  parseIpPrefix,
} from './prefix.ts';
