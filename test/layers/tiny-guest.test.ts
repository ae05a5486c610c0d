import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { awaitText, guestKernels, guestWords, makeTinyGuest } from '../../layers/parts/tiny-guest.ts';
import { guestInit, guestLeased } from '../../layers/parts/tiny-guest-init.ts';
import { lines, shell } from '../../remote/index.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tiny-guest-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('its scripts parse', () => {
  const step = makeTinyGuest('kvm', { system: 'ubuntu/24.04', packageProxy: 'http://10.78.0.254:3142' });
  for (const input of [guestInit, guestLeased, step.script.text, step.done?.text ?? 'then'])
    expect(spawnSync('sh', ['-n'], { input, encoding: 'utf8' })).toMatchObject({ stderr: '', status: 0 });
});

test('a kernel of the distribution', () => {
  expect(guestKernels('ubuntu/22.04')).toContain('linux-image-generic');
  expect(guestKernels('debian/13')).toContain('linux-image-amd64');
});

test('its command line is one word, with the key when there is one', () => {
  const key = join(folder(), 'key.pub');
  writeFileSync(key, 'ssh-ed25519 AAAAC3Nza/x+y= me@here\n');
  const { text } = shell`printf '<%s>' ${guestWords('g1', key)} ${guestWords('g2')}`;
  expect(spawnSync('sh', ['-eu', '-c', text], { encoding: 'utf8' }).stdout).toBe(
    '<console=ttyS0 quiet panic=5 guest.name=g1 guest.key=AAAAC3Nza/x+y=><console=ttyS0 quiet panic=5 guest.name=g2>',
  );
});

test('a line that does not come is told with what came', () => {
  const file = join(folder(), 'console');
  writeFileSync(file, 'Kernel panic\n');
  const wait = (text: string) =>
    spawnSync('sh', ['-eu', '-c', lines(awaitText(file, text, 1), shell`echo came`).text], {
      encoding: 'utf8',
    });
  expect(wait('guest is ready')).toMatchObject({
    status: 1,
    stdout: 'no line with guest is ready after 1 s; the last are:\nKernel panic\n',
  });
  expect(wait('Kernel panic').stdout).toBe('came\n');
});
