import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../model/index.ts';
import { createBmcQueue, createPower, makeBmcPassword, type RunInBand } from '../../power/index.ts';
import { keptSecrets } from './kept-secrets.ts';

/** A BMC in two files, the password it keeps and the suites it speaks, behind a program called ipmitool. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-adopt-'));
  const outOfBand = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
  -f) file=$2 ;;
  -C) suite=$2 ;;
  esac
  shift
done
case " $(cat ${folder}/suites) " in
*" $suite "*) ;;
*) echo 'Error in open session response message : no matching authentication payload' >&2; exit 1 ;;
esac
[ "$suite" = 0 ] || [ "$(cat $file)" = "$(cat ${folder}/password)" ] || { echo 'RAKP 2 HMAC is invalid' >&2; exit 1; }
echo Chassis Power is on
`;
  await writeFile(join(folder, 'ipmitool'), outOfBand, { mode: 0o755 });
  await writeFile(join(folder, 'suites'), '3 17');
  await writeFile(join(folder, 'password'), '');
});
afterEach(() => rm(folder, { recursive: true }));

const report = `== channel 1
IP Address              : 192.0.2.7
MAC Address             : 52:54:00:bc:00:01
RMCP+ Cipher Suites     : 3,17
Cipher Suite Priv Max   : aa
== mc
Firmware Revision         : 9.08
== users
2   admin            true    false      true       ADMINISTRATOR
3                    true    false      false      NO ACCESS
== end
`;

/** How the BMC takes a password: refuses what is too long, or cuts it off without a word. */
function inBand(takes: (password: string) => string | undefined): RunInBand {
  return async (_words, { input }) => {
    if (input === undefined) return { exitCode: 0, stdout: report, stderr: '' };
    const password = takes(/user set password 3 (\S+) (?:16|20)/.exec(input)?.[1] ?? '');
    if (password === undefined)
      return { exitCode: 1, stdout: '', stderr: 'Set User Password command failed' };
    await writeFile(join(folder, 'password'), password);
    return { exitCode: 0, stdout: '', stderr: '' };
  };
}

async function adopt(run: RunInBand, password = makeBmcPassword()) {
  const secrets = keptSecrets();
  const power = createPower({ queue: createBmcQueue(), secrets, binDirectories: [folder] });
  const adopted = await power.adopt({ run, password, secretId: 'bmc/m-1' });
  return { adopted, kept: secrets.all.get('bmc/m-1/password'), password: password.reveal() };
}

describe('a user of ours', () => {
  it('has 20 characters where the BMC takes them, and the BMC has no findings', async () => {
    const { adopted, kept, password } = await adopt(inBand((given) => given));
    expect(adopted).toMatchObject({ power: { cipherSuite: 17, username: 'rackwright' }, findings: [] });
    expect([kept, await readFile(join(folder, 'password'), 'utf8')]).toEqual([password, password]);
  });

  it.each([
    ['refuses what is longer', (given: string) => (given.length > 16 ? undefined : given)],
    ['keeps 16 characters of what is longer', (given: string) => given.slice(0, 16)],
    ['mangles what is longer', (given: string) => (given.length > 16 ? `${given.slice(0, 15)}?` : given)],
  ])('has 16 where it %s; what is kept is what opens it', async (_, takes) => {
    const { adopted, kept, password } = await adopt(inBand(takes));
    expect(adopted?.power.passwordSecret).toBe('bmc/m-1');
    expect(kept).toBe(password.slice(0, 16));
    expect(await readFile(join(folder, 'password'), 'utf8')).toBe(kept);
  });

  it('is not proven by suite 0, which is told as a finding', async () => {
    await writeFile(join(folder, 'suites'), '0 3');
    const { adopted } = await adopt(inBand((given) => given));
    expect(adopted?.power.cipherSuite).toBe(3);
    expect(adopted?.findings).toEqual([expect.stringContaining('CVE-2013-4782')]);
    await writeFile(join(folder, 'suites'), '0');
    const none = await adopt(inBand((given) => given)).catch(codeOf);
    expect(none).toBe('BMC_CIPHER_REFUSED');
  });

  it('is none when the BMC takes no password of ours', async () => {
    expect(await adopt(inBand(() => undefined)).catch(codeOf)).toBe('BMC_COMMAND_FAILED');
  });

  it('has a password of its own on each machine', () => {
    const passwords = Array.from({ length: 10_000 }, () => makeBmcPassword().reveal());
    expect(new Set(passwords).size).toBe(10_000);
  });
});
