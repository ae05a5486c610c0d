import { CodedError } from '../../model/index.ts';

/** RFC 1123, section 2.1, one label, in lower case as Debian writes it. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Debian policy, section 5.6.7. */
const packageName = /^[a-z0-9][a-z0-9+.-]{1,127}$/;
const systemName = /^[a-z][a-z0-9-]{0,31}$/;
/** Blanks and control characters inside the comment are the comment's own; a line break would be another key. */
const publicKey =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) ([A-Za-z0-9+/]{16,4096}={0,2})(?: ([\x20-\x7e]{0,256}))?$/;

function refuse(what: string, value: string): never {
  throw new CodedError('REQUEST_INVALID', `${JSON.stringify(value.slice(0, 120))} is no ${what}.`);
}

export function checkHostname(name: string): string {
  return label.test(name) ? name : refuse('host name (letters, digits, hyphens; at most 63)', name);
}

export function checkPackageName(name: string): string {
  return packageName.test(name) ? name : refuse('package name', name);
}

export function checkSystemName(name: string): string {
  return systemName.test(name) ? name : refuse('system name', name);
}

/** One OpenSSH public key line; options before the key are refused, because they are commands. */
export function checkPublicKey(line: string): string {
  return publicKey.test(line) ? line : refuse('OpenSSH public key line', line);
}

/** `ssh-ed25519 AAAA…` of a line with a comment: what makes two lines the same key. */
export function keyOf(line: string): string {
  return line.split(' ', 2).join(' ');
}

/** apt's own configuration quotes with `"` and has no escape, so nothing but a plain address may get there. */
export function checkProxyUrl(text: string): string {
  const plain = /^http:\/\/[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(:[1-9]\d{0,4})?\/?$/;
  return plain.test(text) ? text : refuse('HTTP proxy address (http://HOST:PORT)', text);
}
