import { describe, expect, test } from 'vitest';
import type { BootPolicy } from '../../../boot/dhcp/boot-file.ts';
import { decodeBytes } from '../../../boot/dhcp/codec.ts';
import { decide } from '../../../boot/dhcp/decide.ts';
import { encodeWithin } from '../../../boot/dhcp/fit.ts';
import { optionsCodec } from '../../../boot/dhcp/options.ts';
import { packetCodec } from '../../../boot/dhcp/packet.ts';
import { messageType, optionCode } from '../../../boot/dhcp/registry.ts';
import { grantReply } from '../../../boot/dhcp/reply.ts';
import { type DhcpRequest, readRequest } from '../../../boot/dhcp/request.ts';
import { textView, view } from '../../../boot/dhcp/views/index.ts';
import { captures } from './captures.ts';
import { requestOf, worldOf } from './sample.ts';

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'latin1'));
const script = 'http://10.78.0.1:8080/boot/52-54-00-78-00-0a.ipxe';

function request(options: ReadonlyArray<readonly [number, Uint8Array]>): DhcpRequest {
  return requestOf('discover', { options: new Map(options) });
}

function captured(name: keyof typeof captures): DhcpRequest {
  const request = readRequest(decodeBytes(packetCodec, captures[name]), 'broadcast');
  if (typeof request === 'string') throw new Error(request);
  return request;
}

/** The reply as the client reads it from the wire. */
function offer(request: DhcpRequest, policy: BootPolicy = { kind: 'network' }) {
  const decision = decide(request, worldOf({ policy }));
  if (decision.kind !== 'offer') throw new Error(decision.kind);
  return decodeBytes(packetCodec, encodeWithin(decision.reply.packet, request.maximumSize));
}

const pxe = (arch: number): DhcpRequest =>
  request([
    [60, text(`PXEClient:Arch:${String(arch).padStart(5, '0')}:UNDI:003000`)],
    [93, Uint8Array.of(0, arch)],
  ]);
const http = (arch: number): DhcpRequest =>
  request([
    [60, text(`HTTPClient:Arch:${String(arch).padStart(5, '0')}:UNDI:003000`)],
    [93, Uint8Array.of(0, arch)],
  ]);

describe('boot file by client', () => {
  test.each([
    ['BIOS PXE', pxe(0), 'undionly.kpxe', '10.78.0.1'],
    ['UEFI x64 PXE', pxe(7), 'snponly.efi', '10.78.0.1'],
    ['UEFI x64 PXE that calls itself 9', pxe(9), 'snponly.efi', '10.78.0.1'],
    ['UEFI arm64 PXE', pxe(11), 'snponly-arm64.efi', '10.78.0.1'],
    ['UEFI x64 HTTP', http(16), 'http://10.78.0.1:8080/loader/snponly.efi', '0.0.0.0'],
    ['UEFI arm64 HTTP', http(19), 'http://10.78.0.1:8080/loader/snponly-arm64.efi', '0.0.0.0'],
    ['an architecture that nothing is built for', pxe(27), '', '0.0.0.0'],
    ['PXE over HTTP architecture', pxe(16), '', '0.0.0.0'],
    [
      'an old ROM without option 93',
      request([[60, text('PXEClient:Arch:00000:UNDI:002001')]]),
      'undionly.kpxe',
      '10.78.0.1',
    ],
    [
      'iPXE, bare user class',
      request([
        [77, text('iPXE')],
        [93, Uint8Array.of(0, 0)],
        [60, text('PXEClient:Arch:00000')],
      ]),
      script,
      '10.78.0.1',
    ],
    [
      'iPXE, user class of RFC 3004',
      request([
        [77, text('\x04iPXE')],
        [93, Uint8Array.of(0, 7)],
      ]),
      script,
      '10.78.0.1',
    ],
    ['iPXE, by option 175 alone', request([[175, Uint8Array.of(1, 1, 1)]]), script, '10.78.0.1'],
    ['another user class', request([[77, text('\x04gPXE')]]), '', '0.0.0.0'],
    ['an operating system', request([[60, text('udhcp 1.35.0')]]), '', '0.0.0.0'],
  ])('%s', (_, request, file, nextServer) => {
    const reply = offer(request);
    expect([reply.file, reply.siaddr]).toEqual([file, nextServer]);
  });

  test('local boot is a boot file too, and none is none', () => {
    expect(offer(pxe(7), { kind: 'local' }).file).toBe('snponly.efi');
    const nothing = offer(pxe(7), { kind: 'none' });
    expect(nothing.yiaddr).toBe('10.78.0.100');
    expect([nothing.file, nothing.siaddr, nothing.options.has(67), nothing.options.has(60)]).toEqual([
      '',
      '0.0.0.0',
      false,
      false,
    ]);
  });

  test('a name that the file field cannot hold goes in option 67 alone', () => {
    const named = (length: number) => {
      const boot = { name: 'n'.repeat(length), options: [] };
      const { packet } = grantReply(requestOf('discover'), worldOf(), messageType.offer, { boot });
      return [packet.file.length, view(packet.options, 67, textView)?.length];
    };
    expect(named(127)).toEqual([127, undefined]);
    expect(named(128)).toEqual([0, 128]);
    expect(named(400)).toEqual([0, 400]);
  });
});

describe('what real firmware sent', () => {
  test('SeaBIOS with iPXE: a script, no proxy DHCP', () => {
    const asked = captured('seabiosIpxeDiscover');
    expect(asked).toMatchObject({
      kind: 'discover',
      mac: '52:54:00:78:00:10',
      client: { kind: 'ipxe', arch: 0 },
      guid: '5c0f0000-0000-4000-8000-000000000001',
      maximumSize: 1472,
    });
    const reply = offer(asked);
    expect(reply.file).toBe('http://10.78.0.1:8080/boot/52-54-00-78-00-10.ipxe');
    expect(view(reply.options, 67, textView)).toBe(reply.file);
    expect(view(reply.options, 175, optionsCodec)?.get(176)).toEqual(Uint8Array.of(1));
    expect(reply.options.get(97)).toEqual(asked.packet.options.get(97));
    expect(reply.options.get(61)).toEqual(asked.packet.options.get(61));
    expect(reply.options.has(60)).toBe(false);
  });

  test('OVMF PXE: TFTP, no discovery of boot servers', () => {
    const asked = captured('ovmfPxeDiscover');
    expect(asked).toMatchObject({
      client: { kind: 'pxe', arch: 7 },
      guid: '5c0f0000-0000-4000-8000-000000000002',
    });
    const reply = offer(asked);
    expect([reply.file, reply.siaddr, reply.flags]).toEqual(['snponly.efi', '10.78.0.1', 0x8000]);
    expect(view(reply.options, 60, textView)).toBe('PXEClient');
    expect(view(reply.options, 66, textView)).toBe('10.78.0.1');
    expect(view(reply.options, 43, optionsCodec)?.get(6)).toEqual(Uint8Array.of(8));
    expect(reply.options.get(97)).toEqual(asked.packet.options.get(97));
  });

  test('OVMF HTTP: a URL and the class without which it hears nothing', () => {
    const asked = captured('ovmfHttpDiscover');
    expect(asked.client).toEqual({ kind: 'http', arch: 16 });
    const reply = offer(asked);
    expect(reply.file).toBe('http://10.78.0.1:8080/loader/snponly.efi');
    expect(view(reply.options, optionCode.vendorClass, textView)).toBe('HTTPClient');
  });

  test('every capture survives our codec', () => {
    for (const bytes of Object.values(captures)) {
      const packet = decodeBytes(packetCodec, bytes);
      expect(decodeBytes(packetCodec, encodeWithin(packet, 1500))).toEqual(packet);
    }
  });
});
