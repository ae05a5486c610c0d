import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameDisk } from '../../install/steps/find-disk.ts';
import type { PlannedDisk } from '../../model/index.ts';

interface Seen {
  readonly name: string;
  readonly serial: string;
  readonly wwn: string;
  readonly size: number;
}

const wanted: PlannedDisk = { serial: 'S-1', wwn: '0x5000', size: 1000, name: 'sda', model: '', loses: [] };

/** What the kernel shows is played by a shell function; the matching is the script's own. */
function find(disks: readonly Seen[]) {
  const rows = disks.map(
    ({ name, serial, wwn, size }) =>
      `NAME="${name}" SERIAL="${serial}" WWN="${wwn}" SIZE="${size}" TYPE="disk"`,
  );
  const input = `udevadm() { :; }
say() { printf '%s\\n' "$*"; }
fail() { status=$1; shift; say "$*"; exit "$status"; }
lsblk() { cat <<'END'
${rows.join('\n')}
END
}
${nameDisk(wanted).text}
printf '%s' "$name"`;
  const { status, stdout } = spawnSync('sh', ['-eu'], { input, encoding: 'utf8' });
  return { status, stdout };
}

const same = { serial: 'S-1', wwn: '0x5000', size: 1000 };

describe('the disk of the plan is found again', () => {
  test('whatever it is called now', () => {
    const others = [
      { name: 'sda', serial: 'S-2', wwn: '0x6000', size: 1000 },
      { name: 'nvme0n1', serial: '', wwn: '', size: 1000 },
    ];
    expect(find([...others, { name: 'sdb', ...same }])).toEqual({ status: 0, stdout: 'sdb' });
  });

  test.each([
    ['it is gone', []],
    [
      'two fit',
      [
        { name: 'sda', ...same },
        { name: 'sdb', ...same },
      ],
    ],
    ['its size differs', [{ name: 'sda', ...same, size: 1001 }]],
    ['its serial differs', [{ name: 'sda', ...same, serial: 'S-11' }]],
    ['its serial begins otherwise', [{ name: 'sda', ...same, serial: 'XS-1' }]],
    ['its WWN differs', [{ name: 'sda', ...same, wwn: '' }]],
  ])('and nothing is touched when %s', (_, disks) => {
    expect(find(disks).status).toBe(80);
  });

  test('and never another, in any order and with any of them missing', () => {
    const name = fc.constantFrom('sda', 'sdb', 'sdc', 'nvme0n1', 'vda');
    const serial = fc.constantFrom('S-1', 'S-11', 'S', '', 'S-1 ');
    const wwn = fc.constantFrom('0x5000', '0x50001', '');
    const seen = fc.record({ name, serial, wwn, size: fc.constantFrom(1000, 100, 10000) });
    fc.assert(
      fc.property(fc.uniqueArray(seen, { selector: (one) => one.name, maxLength: 5 }), (disks) => {
        const fitting = disks.filter(
          (one) => one.serial === 'S-1' && one.wwn === '0x5000' && one.size === 1000,
        );
        const { status, stdout } = find(disks);
        if (fitting.length === 1) expect(stdout).toBe(fitting[0]?.name);
        else expect(status).toBe(80);
      }),
      { numRuns: 100 },
    );
  });
});
