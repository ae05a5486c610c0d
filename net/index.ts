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
export { type Mac, macFromBytes, macToBytes, macWithHyphens, parseMac } from './mac.ts';
