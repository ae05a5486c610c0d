import { expect, test } from 'vitest';
import { hostKeysIn } from '../../cli/host-keys.ts';
import { generateKeyPair } from '../../remote/index.ts';
import { publicKeys } from '../fixtures/ssh-public-keys.ts';

const [ed = '', ecdsa = '', , , rsa = ''] = publicKeys.map(({ line }) => line);
const read = (...lines: readonly string[]) => hostKeysIn(lines.join('\n'), 'web1.keys', '10.0.0.5');

test.each<[string, readonly string[], readonly string[]]>([
  ['of ssh-keygen, with a comment', [`${ed} root@web1`, ''], [ed]],
  ['of ssh-keyscan', ['# 10.0.0.5:22 SSH-2.0-OpenSSH_9.2', `10.0.0.5 ${rsa}`, `10.0.0.5 ${ed}`], [rsa, ed]],
  ['by another name, all of one host', [`web1.example ${ed}`, `web1.example ${ecdsa}`], [ed, ecdsa]],
  ['hashed', [`|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${ed}`], [ed]],
  ['of several hosts', [`10.0.0.4 ${rsa}`, `web1,10.0.0.5 ${ed}`, `[10.0.0.5]:22 ${ecdsa}`], [ed, ecdsa]],
  ['the same twice', [`10.0.0.5 ${ed}`, `10.0.0.5 ${ed}\r`], [ed]],
])('%s', (_what, lines, keys) => {
  expect(read(...lines)).toEqual(keys);
});

test.each<[readonly string[], string]>([
  [[''], 'holds no host key'],
  [['# nothing'], 'holds no host key'],
  [[`10.0.0.5 ${ed}`, 'getaddrinfo web1: Name or service not known'], 'line 2, is no host key'],
  [[`@revoked * ${ed}`], 'line 1, is no host key'],
  [[`10.0.0.3 ${ed}`, `10.0.0.4 ${rsa}`], 'none of them is 10.0.0.5'],
  [[generateKeyPair('').privateKey.reveal()], 'is a private key'],
])('%# is refused: %2$s', (lines, why) => {
  expect(() => read(...lines)).toThrow(why);
});
