import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describePlan, installSteps, isOutOfReach, type PlanInput } from '../../install/index.ts';
import { type DiskPlan, isDiskPlan } from '../../install/steps/disk-image.ts';
import { context, disk, diskImage as image, GIB, inventory, plan } from './example.ts';

function diskPlan(changes: Partial<PlanInput> = {}): DiskPlan {
  const made = plan({ image, firmware: 'uefi', ...changes });
  if (!isDiskPlan(made)) throw new Error('this is no plan for a whole disk');
  return made;
}

const source = { kind: 'fetch', url: 'http://10.78.0.1:8080/artefacts/bbbb' } as const;
const steps = (changes?: Partial<PlanInput>) => installSteps(diskPlan(changes), context({ source }));

test('an image that cannot be on the machine is refused before anything is touched', () => {
  expect(() => diskPlan({ firmware: 'bios' })).toThrow(/own\/1 starts by uefi, and the machine by bios/);
  const small = inventory([disk({ size: 2 * GIB - 512 })]);
  expect(() => diskPlan({ inventory: small })).toThrow(
    expect.objectContaining({ code: 'DISK_NOT_SUITABLE' }),
  );
});

test('a whole disk is entered by a reboot, whatever was asked, and the plan says who may get in', () => {
  expect(diskPlan({ enter: 'kexec' }).enter).toBe('reboot');
  expect(describePlan(diskPlan()).join('\n')).toMatch(
    /Reach: over SSH if .* otherwise it is started as it is/,
  );
  expect(isOutOfReach('no partition\nreach: none\n')).toBe(true);
  expect(isOutOfReach('say reach: none\nreach: ssh\n')).toBe(false);
});

test('the steps, and which of them destroy', () => {
  expect(steps().map(({ name, destructive }) => `${name}${destructive ? ' (destructive)' : ''}`)).toEqual([
    'find disk',
    'write disk image (destructive)',
    'configure',
    'finish',
  ]);
  expect(steps()[1]?.does).toContain('286 MiB, 2 GiB unpacked');
});

test('the permission is taken before the first write, and once', () => {
  const text = steps()[1]?.script.text ?? '';
  expect(text.indexOf('was used before')).toBeLessThan(text.indexOf('exactly one must'));
  const taken = text.indexOf('>/run/rackwright/install/intent');
  expect(taken).toBeGreaterThan(text.indexOf('</proc/self/mountinfo'));
  expect(text.search(/wipefs -a|dd if=/)).toBeGreaterThan(taken);
});

test('every script parses, and pleases shellcheck where there is one', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rw-disk-image-'));
  try {
    const files = (['bios', 'uefi'] as const).flatMap((firmware) =>
      steps({ firmware, image: { ...image, firmware: [firmware] } }).map(({ name, script }) => {
        expect(spawnSync('sh', ['-n'], { input: script.text, encoding: 'utf8' }), name).toMatchObject({
          status: 0,
        });
        expect(script.text).not.toContain('undefined');
        const file = join(directory, `${firmware}-${name.replaceAll(' ', '-')}.sh`);
        writeFileSync(file, `${script.text}\n`);
        return file;
      }),
    );
    if (spawnSync('shellcheck', ['--version']).error) return;
    const options = ['-s', 'sh', '-e', 'SC2174,SC2034,SC2016'];
    expect(spawnSync('shellcheck', [...options, ...files], { encoding: 'utf8' }).stdout).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
