/** IEEE 802.1AB-2016: the one frame that a rack switch tells each of its ports. */
export interface SwitchPort {
  readonly switchName: string;
  readonly switchMac: string;
  readonly portName: string;
  readonly portDescription: string;
  readonly managementAddress: string;
}

/** Clause 7.1: nearest bridge; bridges never forward it. Clause 7.4: the Ethertype. */
const NEAREST_BRIDGE = '01:80:c2:00:00:0e';
const ETHERTYPE = [0x88, 0xcc];
/** Seconds a neighbour is remembered: three times the pause between frames, and some. */
const TIME_TO_LIVE = 20;

export function lldpFrame(port: SwitchPort): Buffer {
  const text = (value: string) => [...Buffer.from(value, 'utf8')];
  const address = port.managementAddress.split('.').map(Number);
  return Buffer.from(
    [
      macBytes(NEAREST_BRIDGE),
      macBytes(port.switchMac),
      ETHERTYPE,
      tlv(1, [4, ...macBytes(port.switchMac)]), // 8.5.2 chassis id, a MAC address
      tlv(2, [5, ...text(port.portName)]), // 8.5.3 port id, an interface name
      tlv(3, [0, TIME_TO_LIVE]), // 8.5.4
      tlv(4, text(port.portDescription)), // 8.5.5
      tlv(5, text(port.switchName)), // 8.5.6
      tlv(6, text('Rackwright lab switch')), // 8.5.7
      tlv(7, [0, 0x04, 0, 0x04]), // 8.5.8 can bridge, and does
      // 8.5.9: address family 1 is IPv4, interface number subtype 2 is ifIndex; no object identifier.
      tlv(8, [address.length + 1, 1, ...address, 2, 0, 0, 0, 1, 0]),
      tlv(0, []), // 8.5.1
    ].flat(),
  );
}

/** Clause 8.4.1: seven bits of type, nine of length. */
function tlv(type: number, value: readonly number[]): number[] {
  if (value.length > 511)
    throw new RangeError(`an LLDP value of ${value.length} bytes does not fit into nine bits`);
  return [(type << 1) | (value.length >> 8), value.length & 0xff, ...value];
}

function macBytes(mac: string): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}
