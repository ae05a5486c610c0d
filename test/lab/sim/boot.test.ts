import { describe, expect, it } from 'vitest';
import { decodeBytes, encodeBytes } from '../../../boot/dhcp/codec.ts';
import { packetCodec } from '../../../boot/dhcp/packet.ts';
import { readRequest } from '../../../boot/dhcp/request.ts';
import { parseHello } from '../../../boot/http/hello.ts';
import { localScript, networkScript } from '../../../boot/http/ipxe.ts';
import { userData } from '../../../boot/http/seed.ts';
import { readScript } from '../../../lab/sim/boot/ipxe.ts';
import { discover, request, type Speaker } from '../../../lab/sim/boot/messages.ts';
import { helloForm, readSeed } from '../../../lab/sim/boot/seed.ts';
import { makeHardware } from '../../../lab/sim/index.ts';
import { ipv4, type Mac } from '../../../net/index.ts';
import { generateKeyPair } from '../../../remote/index.ts';

const relay = ipv4('10.90.255.254');
const fleet = Array.from({ length: 40 }, (_, index) => makeHardware(1, index));

describe('what simulated firmware says, held against what the service reads', () => {
  const speakers: readonly Speaker[] = ['pxe', 'http', 'ipxe'];

  it.each(speakers)('a DISCOVER and a REQUEST of %s', (speaker) => {
    for (const hardware of fleet) {
      const mac = hardware.macs[0] as Mac;
      const ask = { hardware, mac, speaker, xid: 7, relay };
      const offered = { address: ipv4('10.90.1.5'), server: ipv4('10.90.0.1') };
      for (const packet of [discover(ask), request(ask, offered)]) {
        const read = readRequest(decodeBytes(packetCodec, encodeBytes(packetCodec, packet)), 'unicast');
        expect(read).toMatchObject({
          arrival: 'relayed',
          relay,
          mac,
          guid: hardware.uuid,
          client: { kind: speaker },
        });
      }
    }
  });

  it('hello, with a host key of its own', () => {
    for (const hardware of fleet) {
      const { publicKey } = generateKeyPair('');
      const seed = { bootId: crypto.randomUUID(), token: 'a'.repeat(32), helloUrl: '', keys: [] };
      expect(parseHello(helloForm(hardware, seed, publicKey).toString())).toMatchObject({
        bootId: seed.bootId,
        token: seed.token,
        uuid: hardware.uuid,
        serial: hardware.serial,
        firmware: hardware.firmware,
        macs: hardware.macs.toSorted(),
        hostKeys: [publicKey],
      });
    }
  });
});

describe('what the service tells a machine, held against what it does', () => {
  it('boots over the network as the script says', () => {
    const script = networkScript({
      kernelUrl: 'http://10.90.0.1:8080/artefacts/aa',
      initrdUrl: 'http://10.90.0.1:8080/artefacts/bb',
      scriptUrl: 'http://10.90.0.1:8080/boot/x.ipxe',
      kernelArguments: [
        'root=squash:http://10.90.0.1:8080/artefacts/cc',
        'ro',
        'ds=nocloud;s=http://s/seed/1/',
      ],
    });
    expect(readScript(script)).toEqual({
      kind: 'network',
      kernelUrl: 'http://10.90.0.1:8080/artefacts/aa',
      initrdUrl: 'http://10.90.0.1:8080/artefacts/bb',
      squashfsUrl: 'http://10.90.0.1:8080/artefacts/cc',
      seedUrl: 'http://s/seed/1/',
    });
  });

  it('starts from its disk, or understands nothing', () => {
    expect(readScript(localScript('10.90.0.1'))).toEqual({ kind: 'disk' });
    expect(readScript('#!ipxe\nshell\n')).toBeUndefined();
    expect(readScript('<html>')).toBeUndefined();
  });

  it('reads the seed: token, where to say hello, and who may log in', () => {
    const { publicKey } = generateKeyPair('ours');
    const bootId = crypto.randomUUID();
    const token = '0123456789abcdef0123456789abcdef';
    const helloUrl = 'http://10.90.0.1:8080/hello';
    const keys = [publicKey.split(' ').slice(0, 2).join(' ')];
    expect(readSeed(userData({ bootId, helloUrl, token, sshKey: publicKey }))).toEqual({
      bootId,
      token,
      helloUrl,
      keys,
    });
    expect(readSeed('#cloud-config\n')).toBeUndefined();
  });
});
