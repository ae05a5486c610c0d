import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { enterInstalled, installSteps, parseHostKeyLines, stepFailure } from '../../install/index.ts';
import { context, plan } from './example.ts';
import { layouts, manyDisks } from './storage-examples.ts';

const url = 'http://10.78.0.1:8080/files/squashfs';

/** Every text that can come out, once. */
function allScripts(): ReadonlyMap<string, string> {
  const laidOut = (['bios', 'uefi'] as const).flatMap((firmware) =>
    Object.entries(layouts(firmware)).flatMap(([layout, storage]) => {
      // What differs by firmware is the loader, and that differs by the number of disks.
      if (firmware === 'uefi' && layout !== 'raid1' && layout !== 'custom') return [];
      const made = plan({ ...manyDisks, firmware, storage });
      return [
        ...installSteps(made, context()),
        { name: 'load', script: enterInstalled(made, context()).load },
      ].map(({ name, script }): [string, string] => [script.text, `${firmware} ${layout}: ${name}`]);
    }),
  );
  const named = (['bios', 'uefi'] as const).flatMap((firmware) =>
    (['kexec', 'reboot'] as const).flatMap((enter) =>
      ([{ kind: 'running' }, { kind: 'fetch', url }] as const).flatMap((source) => {
        const [made, asked] = [plan({ firmware, enter }), context({ source })];
        const { load, go } = enterInstalled(made, asked);
        const variant = `${firmware} ${source.kind} ${enter}`;
        return [
          ...installSteps(made, asked).map(({ name, script }) => ({ name, script })),
          { name: 'load', script: load },
          { name: 'go', script: go },
        ].map(({ name, script }): [string, string] => [script.text, `${variant}: ${name}`]);
      }),
    ),
  );
  return new Map([...laidOut, ...named]);
}

test('every script parses as POSIX shell', () => {
  for (const [text, name] of allScripts()) {
    expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }), name).toMatchObject({ status: 0 });
    expect(text, name).not.toContain('undefined');
  }
});

test.skipIf(spawnSync('shellcheck', ['--version']).error)('every script pleases shellcheck', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rw-scripts-'));
  try {
    const files = [...allScripts()].map(([text, name]) => {
      const file = join(directory, `${name.replaceAll(/[^a-z]+/g, '-')}.sh`);
      writeFileSync(file, `${text}\n`);
      return file;
    });
    // SC2174: only /run/rackwright above it. SC2034: parts of a script share one prelude. SC2016: file contents.
    // SC2043: a disk may have one partition.
    const options = ['-s', 'sh', '-e', 'SC2174,SC2034,SC2016,SC2043'];
    expect(spawnSync('shellcheck', [...options, ...files], { encoding: 'utf8' }).stdout).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the steps, and which of them destroy', () => {
  const steps = installSteps(plan(), context());
  expect(
    steps.map(({ name, destructive }) => `${name}${destructive ? ' (destructive)' : ''}`),
  ).toMatchInlineSnapshot(`
    [
      "find disk",
      "partition (destructive)",
      "make file systems (destructive)",
      "write image",
      "configure",
      "kernel and bootloader",
      "finish",
    ]
  `);
  expect(steps.map(({ does }) => does)).toMatchInlineSnapshot(`
    [
      "Find serial DISK-1, 20 GiB QEMU HARDDISK (vda when it was commissioned) again; exactly one must fit, and nothing may use it.",
      "Write a new partition table to serial DISK-1, 20 GiB QEMU HARDDISK (vda when it was commissioned). What is on it is lost.",
      "Make ext4 for /.",
      "Write debian/12 (172 MiB squashfs) to the root file system.",
      "Make it node-1 at 10.78.0.20: file systems, network, keys, cloud-init.",
      "Make its logins, and make it start: linux-image-amd64 and GRUB from packages if the image has none, GRUB for BIOS.",
      "Write everything out, unmount it, and check that the root file system is clean.",
    ]
  `);
});

test.each(['bios', 'uefi'] as const)('what is written to the disk of a %s machine', async (firmware) => {
  const steps = installSteps(plan({ firmware }), context()).filter(({ destructive }) => destructive);
  for (const { name, script } of steps) {
    await expect(`${script.text}\n`).toMatchFileSnapshot(
      `./scripts/${firmware}-${name.replaceAll(' ', '-')}.sh`,
    );
  }
});

test('an intent that is no plain word is refused', () => {
  expect(() => installSteps(plan(), context({ intentId: '$(reboot)' }))).toThrow(/intent/);
});

test('the last host key in the log counts, and nothing but a key', () => {
  const key = `ssh-ed25519 ${'A'.repeat(68)}`;
  expect(parseHostKeyLines(`x\nhost-key: ssh-ed25519 ${'B'.repeat(68)}\nhost-key: ${key}\n`)).toEqual([key]);
  const [old, rsa] = ['A', 'C'].map((fill) => `ssh-rsa ${fill.repeat(372)}`);
  expect(parseHostKeyLines(`host-key: ${old}\nhost-key: ${key}\nhost-key: ${rsa}\n`)).toEqual([rsa, key]);
  expect(parseHostKeyLines('host-key: ssh-ed25519 short')).toEqual([]);
  expect(parseHostKeyLines(`say host-key: ${key}`)).toEqual([]);
});

describe('an exit status becomes an error', () => {
  test.each([
    [80, 'DISK_CHANGED'],
    [81, 'DISK_NOT_SUITABLE'],
    [82, 'INTENT_USED'],
    [83, 'STEP_INTERRUPTED'],
    [84, 'IMAGE_HASH_MISMATCH'],
    [1, 'REMOTE_COMMAND_FAILED'],
  ])('%i: %s', (exitCode, code) => {
    expect(stepFailure('partition', { exitCode, tail: 'a\nvda is in use\n' })).toMatchObject({
      code,
      message: `Step "partition" ended with exit status ${exitCode}: vda is in use`,
    });
  });
  test('0 is none', () => {
    expect(stepFailure('partition', { exitCode: 0, tail: '' })).toBeUndefined();
  });
});

test('every script starts a shell that stops at the first error', () => {
  for (const { script } of installSteps(plan(), context())) {
    expect(
      execFileSync('sh', ['-c', `${script.text.split('\n')[0]}; echo $-`], { encoding: 'utf8' }),
    ).toMatch(/e/);
  }
});
