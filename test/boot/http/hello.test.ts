import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseHello } from '../../../boot/http/hello.ts';
import { userData } from '../../../boot/http/seed.ts';
import { nastyStrings } from '../../fixtures/nasty-strings.ts';

const key = `ssh-ed25519 ${'A'.repeat(68)}`;
const boot = randomUUID();
const form = (changes: Readonly<Record<string, string | readonly string[]>> = {}): string => {
  const fields = {
    boot,
    token: '0'.repeat(32),
    firmware: 'uefi',
    arch: 'amd64',
    'host-key': `${key} root@rackwright\n`,
    product_uuid: '5C0F0000-0000-4000-8000-000000000001\n',
    product_serial: 'SN1\n',
    sys_vendor: 'Vendor\n',
    product_name: 'Product\n',
    mac: ['52:54:00:00:00:02\n', '52:54:00:00:00:01\n'],
    ...changes,
  };
  const body = new URLSearchParams();
  for (const [name, values] of Object.entries(fields))
    for (const value of [values].flat()) body.append(name, value);
  return body.toString();
};

describe('hello', () => {
  it('is read as the seed script sends it: trimmed, the UUID in lower case, cards sorted', () => {
    expect(parseHello(form())).toEqual({
      bootId: boot,
      token: '0'.repeat(32),
      firmware: 'uefi',
      arch: 'amd64',
      uuid: '5c0f0000-0000-4000-8000-000000000001',
      serial: 'SN1',
      vendor: 'Vendor',
      product: 'Product',
      macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
      hostKeys: [key],
    });
  });

  it.each([
    ['no card', { mac: [] }, 'mac'],
    [
      '65 cards',
      { mac: Array.from({ length: 65 }, (_, i) => `52:54:00:00:01:${i.toString(16).padStart(2, '0')}`) },
      'mac',
    ],
    ['a card that is none', { mac: ['52:54:00:00:00'] }, 'mac'],
    ['a token of another form', { token: 'x'.repeat(32) }, 'token'],
    ['two tokens', { token: ['0'.repeat(32), '1'.repeat(32)] }, 'token'],
    ['no host key', { 'host-key': [] }, 'host-key'],
    ['a host key with options before it', { 'host-key': `command="sh" ${key}` }, 'host-key'],
    ['two lines of host keys in one', { 'host-key': `${key}\n${key}` }, 'host-key'],
    ['a serial of 300 characters', { product_serial: 'x'.repeat(300) }, 'product_serial'],
    ['a serial with a control character', { product_serial: 'a\u001b[2Jb' }, 'product_serial'],
    ['a firmware of another kind', { firmware: 'coreboot' }, 'firmware'],
  ])('is refused, naming the field: %s', (_what, changes, field) => {
    expect(() => parseHello(form(changes))).toThrow(new RegExp(`^hello: ${field}`));
  });

  it('keeps what a machine calls itself as it is, or refuses it', () => {
    for (const nasty of nastyStrings) {
      try {
        expect(parseHello(form({ product_name: nasty })).product).toBe(nasty.trim());
      } catch (error) {
        expect((error as { code?: string }).code).toBe('REQUEST_INVALID');
      }
    }
  });
});

describe('the seed', () => {
  const seed = {
    bootId: boot,
    helloUrl: 'http://10.0.0.1:8080/hello',
    token: 'f'.repeat(32),
    sshKey: `${key} ours`,
  };

  it('puts the token where no process list shows it: into the standard input of curl', () => {
    const script = userData(seed);
    const command = script.split('\n').find((line) => line.includes('curl ')) ?? '';
    expect(command).toContain('-K -');
    expect(command).not.toContain(seed.token);
    expect(script.split(seed.token)).toHaveLength(2);
  });

  it('holds no other secret: it is the same for everybody but for boot, token, address and key', () => {
    const other = userData({ ...seed, token: '0'.repeat(32) });
    expect(other.replace('0'.repeat(32), seed.token)).toBe(userData(seed));
  });
});
