import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../model/index.ts';
import { fingerprint, fipsKeyPair, generateKeyPair, parsePublicKey } from '../../remote/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { publicKeys, weakPublicKeys } from '../fixtures/ssh-public-keys.ts';

const line = publicKeys[0]?.line ?? '';
const [type = '', base64 = ''] = line.split(' ');

describe('public keys', () => {
  it.each(publicKeys)('have the fingerprint that ssh-keygen prints: $fingerprint', (key) => {
    expect(fingerprint(key.line)).toBe(key.fingerprint);
    expect(parsePublicKey(`${key.line} someone@somewhere`)?.line).toBe(key.line);
  });

  const others = [
    ...weakPublicKeys,
    '',
    type,
    base64,
    `command="id" ${line}`,
    `restrict ${line}`,
    ` ${line}`,
    `${line}\n`,
    `${line}\n${line}`,
    `${line} comment\rwith a line`,
    `${type}  ${base64}`,
    `${type} ${base64.slice(0, -4)}`,
    `${type} ${base64}AAAA`,
    `${type} ${base64.slice(0, 30)}*${base64.slice(31)}`,
    `ssh-rsa ${base64}`,
    `ssh-ed25519-cert-v01@openssh.com ${base64}`,
    `sk-ssh-ed25519@openssh.com ${base64}`,
    `ssh-ed25519 ${'A'.repeat(8192)}`,
  ];
  it.each([...others.keys()])('are refused when they are anything else, %i', (index) => {
    const text = others[index] ?? '';
    expect(parsePublicKey(text)).toBeUndefined();
    expect(() => fingerprint(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it('are never found in the nasty strings, alone or before a key', () => {
    for (const text of nastyStrings) {
      expect(parsePublicKey(text)).toBeUndefined();
      expect(parsePublicKey(`${text} ${line}`)).toBeUndefined();
    }
  });

  it('are refused at every truncation', () => {
    const blob = Buffer.from(base64, 'base64');
    for (let length = 0; length < blob.length; length++) {
      expect(parsePublicKey(`${type} ${blob.subarray(0, length).toString('base64')}`)).toBeUndefined();
    }
  });
});

describe('our key pair', () => {
  it('is Ed25519 that another reader takes, a thousand times', () => {
    for (let count = 0; count < 1000; count++) {
      const pair = generateKeyPair('rackwright');
      const parsed = ssh2.utils.parseKey(pair.privateKey.reveal());
      if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('unreadable');
      const blob = Buffer.from(parsePublicKey(pair.publicKey)?.blob ?? []);
      expect(Buffer.from(parsed.getPublicSSH()).equals(blob)).toBe(true);
      expect(pair.publicKey).toMatch(/ rackwright$/);
    }
  });

  it('has a second one of ECDSA, the same each time, that another reader takes', () => {
    for (let count = 0; count < 300; count++) {
      const own = generateKeyPair('rackwright');
      const pair = fipsKeyPair(own.privateKey);
      const parsed = ssh2.utils.parseKey(pair.privateKey.reveal());
      if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('unreadable');
      const blob = Buffer.from(parsePublicKey(pair.publicKey)?.blob ?? []);
      expect(Buffer.from(parsed.getPublicSSH()).equals(blob)).toBe(true);
      expect(pair.publicKey).toMatch(/^ecdsa-sha2-nistp256 /);
      const spaced = new Secret(`${own.privateKey.reveal().trim()}\n\n`);
      expect(fipsKeyPair(spaced).publicKey).toBe(pair.publicKey);
      expect(fipsKeyPair(generateKeyPair('').privateKey).publicKey).not.toBe(pair.publicKey);
    }
  });

  it('shows its private half to nobody who did not ask for it', () => {
    const pair = generateKeyPair('rackwright');
    expect(`${JSON.stringify(pair)} ${pair.privateKey.toString()}`).not.toContain('PRIVATE');
    expect(pair.privateKey.reveal()).toContain('BEGIN OPENSSH PRIVATE KEY');
  });
});
