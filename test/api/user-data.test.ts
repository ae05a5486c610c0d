import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { splitSystem } from '../../api/system-request.ts';
import { systemBodySchema } from '../../api/schemas/system.ts';
import { readUserData } from '../../api/user-data.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

const multipart = `Content-Type: multipart/mixed; boundary="==x=="
MIME-Version: 1.0

--==x==
Content-Type: text/x-shellscript

#!/bin/sh
echo hello

--==x==--
`;

describe('user-data', () => {
  test.each([
    ['cloud-config', '#cloud-config\npackages: [jq]\nwrite_files:\n- {path: /etc/x, content: on}\n'],
    ['cloud-config', '#cloud-config\n'],
    ['script', '#!/bin/sh\necho hello\n'],
    ['include', '#include\n# ours\nhttps://config.example/base\n'],
    ['multipart', multipart],
    ['multipart', multipart.replaceAll('\n', '\r\n')],
  ])('of kind %s is taken', (kind, text) => {
    expect(readUserData(text)).toEqual({
      kind,
      size: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    });
  });

  test.each([
    ['nothing', ''],
    ['a kind that nobody knows', '#cloud-boothook\nx'],
    ['a template', '## template: jinja\n#cloud-config\n{}'],
    ['no YAML', '#cloud-config\na: [b\n'],
    ['a list', '#cloud-config\n- a\n'],
    ['a key twice', '#cloud-config\na: 1\na: 2\n'],
    ['an alias without anchor', '#cloud-config\na: *b\n'],
    [
      'a bomb',
      `#cloud-config\na0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`).join('\n')}\n`,
    ],
    ['a script for DOS', '#!/bin/sh\r\necho\r\n'],
    ['a list of other things than URLs', '#include\nfile:///etc/shadow\n'],
    ['a header without boundary', 'Content-Type: multipart/mixed\n\nx'],
    ['half a document', multipart.replace('--==x==--\n', '')],
    ['a NUL', '#!/bin/sh\n\0'],
    ['half a character', '#!/bin/sh\n\ud800'],
    ['too much', `#!/bin/sh\n${'#'.repeat(65_536)}`],
  ])('that is %s is refused, without a word of it', (_, text) => {
    const secret = `${text}hunter2`;
    expect(() => readUserData(text === '' ? text : text)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', details: { field: 'system.userData' } }),
    );
    expect(() => readUserData(secret)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  test('no nasty string is anything', () => {
    for (const text of nastyStrings.filter((each) => each !== '#cloud-config'))
      expect(() => readUserData(text), JSON.stringify(text)).toThrow(/^system\.userData: /);
  });
});

test('secrets leave the request, and their digests stay', () => {
  const hash = `$6$saltsalt$${'a'.repeat(86)}`;
  const body = systemBodySchema.parse({
    hostname: 'db-1',
    users: [
      { name: 'anna', passwordHash: hash },
      { name: 'bert', sudo: true },
    ],
    userData: '#!/bin/sh\n: hunter2\n',
  });
  const { request, secrets } = splitSystem(body);
  expect(secrets).toEqual({ userData: body.userData, passwords: { anna: hash } });
  expect(JSON.stringify(request)).not.toMatch(/hunter2|saltsalt/);
  expect(request).toMatchObject({
    hostname: 'db-1',
    users: [
      { name: 'anna', password: { sha256: createHash('sha256').update(hash).digest('hex') } },
      { name: 'bert', sudo: true },
    ],
    userData: { kind: 'script', size: 20 },
  });
  expect(splitSystem({ hostname: 'db-1' })).toEqual({ request: { hostname: 'db-1' } });
});

test.each(['hunter2', '$1$abc$def', 'root:$6$x', `$6$${'a'.repeat(30)}\n`, `$6$${'a'.repeat(30)}:0:0`])(
  'a password that is no modern hash is refused: %j',
  (passwordHash) => {
    expect(systemBodySchema.safeParse({ users: [{ name: 'anna', passwordHash }] }).success).toBe(false);
  },
);
