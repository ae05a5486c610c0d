import { wipe } from '../disk.ts';
import type { Answer } from './answer.ts';
import { disksOf, refusal } from './guards.ts';
import { lsblkListing } from './inventory.ts';

const MARK = '==rackwright-erase== ';

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
          `write_zeroes_max_bytes=${rotational ? 0 : 131_072}`,
        ].join('\n'),
      );
      const sections = {
        disks: lsblkListing(disks, faults),
        kernel: kernel.join('\n'),
        tools: ['nvme', 'hdparm', 'blkdiscard', 'perl'].join('\n'),
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
