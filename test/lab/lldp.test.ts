import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lldpFrame } from '../../lab/rack/lldp.ts';

const port = {
  switchName: 'rack-switch',
  switchMac: '52:54:00:5c:00:01',
  portName: 'swp1',
  portDescription: 'rack port 1: r1-u1',
  managementAddress: '10.78.0.1',
};

/** Type and value of each TLV after the Ethernet header. */
function tlvs(frame: Buffer): { type: number; value: Buffer }[] {
  const found = [];
  for (let at = 14; at < frame.length; ) {
    const head = frame.readUInt16BE(at);
    const length = head & 0x1ff;
    found.push({ type: head >> 9, value: frame.subarray(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return found;
}

test('the frame goes to the nearest bridge as LLDP and names switch and port', () => {
  const frame = lldpFrame(port);
  expect(frame.subarray(0, 14).toString('hex')).toBe('0180c200000e5254005c000188cc');
  const byType = new Map(tlvs(frame).map(({ type, value }) => [type, value]));
  expect(byType.get(5)?.toString()).toBe('rack-switch');
  expect(byType.get(2)?.subarray(1).toString()).toBe('swp1');
});

test('802.1AB 8.2: chassis, port and time to live come first, the end last', () => {
  const names = fc.string({ maxLength: 60 });
  fc.assert(
    fc.property(names, names, (switchName, portName) => {
      const types = tlvs(lldpFrame({ ...port, switchName, portName })).map(({ type }) => type);
      expect(types).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 0]);
    }),
  );
});

test('a name too long for nine bits of length is refused', () => {
  expect(() => lldpFrame({ ...port, switchName: 'x'.repeat(512) })).toThrow(RangeError);
});
