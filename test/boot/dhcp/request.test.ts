import { describe, expect, test } from 'vitest';
import { readRequest } from '../../../boot/dhcp/request.ts';
import { packetOf } from './sample.ts';

const card = (...bytes: number[]): Uint8Array =>
  Uint8Array.from([...bytes, ...new Uint8Array(16 - bytes.length)]);

describe('messages that no decision is made about', () => {
  test.each([
    ['a reply', { op: 2 }, 'not a request'],
    ['Infiniband', { htype: 32 }, 'not an Ethernet client'],
    ['a hardware address of 16 bytes', { hlen: 16 }, 'not an Ethernet client'],
    ['all zeros', { chaddr: card(0, 0, 0, 0, 0, 0) }, 'not the address of one card'],
    ['a group address', { chaddr: card(1, 0, 0x5e, 0, 0, 1) }, 'not the address of one card'],
    ['no message type', { options: new Map() }, 'no message type that clients send'],
    ['an offer', { options: new Map([[53, Uint8Array.of(2)]]) }, 'no message type that clients send'],
    [
      'a type without a value',
      { options: new Map([[53, new Uint8Array()]]) },
      'no message type that clients send',
    ],
  ])('%s', (_, change, reason) => {
    expect(readRequest({ ...packetOf('discover'), ...change }, 'broadcast')).toBe(reason);
  });

  test('one bad option does not silence the rest', () => {
    const options = new Map([
      [50, Uint8Array.of(10, 78)],
      [93, Uint8Array.of(0)],
      [97, Uint8Array.of(9, 9)],
    ]);
    expect(readRequest(packetOf('discover', { options }), 'broadcast')).toMatchObject({
      kind: 'discover',
      client: { kind: 'system' },
    });
  });
});
