import { type SimDisk, wipe } from '../disk.ts';
import type { Answer } from './answer.ts';
import { disksOf, refusal } from './guards.ts';
import { lsblkListing } from './inventory.ts';

const MARK = '==rackwright-erase== ';

/** `nvme id-ctrl -o json` and `nvme id-ns -o json`: it sanitizes by erasing its blocks, and formats. */
function identified({ name }: SimDisk): readonly (readonly [string, string])[] {
  return [
    [`nvme-controller ${name}`, JSON.stringify({ sanicap: 0b010, oacs: 0b010, fna: 0 })],
    [`nvme-namespace ${name}`, JSON.stringify({ dlfeat: 0b001 })],
  ];
}

/** What erasing asks of the disks, and what it leaves of them. */
export const eraseAnswers: readonly Answer[] = [
  {
    name: 'look at the disks',
    matches: /==rackwright-erase== /,
    reply: ({ disks, faults }) => {
      const kernel = disks.map(({ name, rotational }) =>
        [
          `disk=${name}`,
          `discard_max_bytes=${rotational ? 0 : 2_147_450_880}`,
          'discard_zeroes_data=0',
          `write_zeroes_max_bytes=131072`,
          // Disks behind SAS that give back zeroes for what they unmap; flash is sanitized instead.
          `write_zeroes_unmap_max_bytes=${rotational ? 131_072 : 0}`,
        ].join('\n'),
      );
      const sections = {
        disks: lsblkListing(disks, faults),
        kernel: kernel.join('\n'),
        tools: ['nvme', 'hdparm', 'blkdiscard', 'perl'].join('\n'),
        ...Object.fromEntries(disks.filter(({ name }) => name.startsWith('nvme')).flatMap(identified)),
        end: '',
      };
      const said = Object.entries(sections).map(([name, text]) => `\n${MARK}${name}\n${text}\n`);
      return { stdout: said.join('') };
    },
  },
  {
    name: 'erase',
    matches: /^say "evidence: /m,
    reply: (on, { script }) => {
      const refused = refusal(on, script);
      if (refused) return { stdout: `${refused.why}\n`, exitCode: refused.exitCode };
      for (const disk of disksOf(on, script)) {
        wipe(disk);
        disk.erased = true;
        on.effect({ kind: 'erased-disk', disk: disk.serial });
      }
      // 10,000 blocks of 4 KiB, and 1 MiB at either end.
      return { stdout: 'evidence: blocks=10000 bytes=43057152 nonzero=0 marked=0 seconds=1\n' };
    },
  },
];
