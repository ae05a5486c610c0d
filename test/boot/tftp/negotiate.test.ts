import { expect, test } from 'vitest';
import { negotiate } from '../../../boot/tftp/negotiate.ts';

const size = 173_792;

test.each<[string, [string, string][], string, object]>([
  ['nothing asked', [], '', { blockSize: 512, windowSize: 1, timeoutMs: 1000 }],
  [
    'what OVMF asks',
    [
      ['tsize', '0'],
      ['blksize', '1428'],
    ],
    'tsize=173792 blksize=1428',
    { blockSize: 1428 },
  ],
  [
    'what iPXE asks',
    [
      ['blksize', '1432'],
      ['tsize', '0'],
    ],
    'blksize=1432 tsize=173792',
    { blockSize: 1432 },
  ],
  ['blocks larger than a frame', [['blksize', '65464']], 'blksize=1468', { blockSize: 1468 }],
  ['blocks that RFC 2348 forbids', [['blksize', '7']], '', { blockSize: 512 }],
  ['a window', [['windowsize', '4']], 'windowsize=4', { windowSize: 4 }],
  ['a window that is too large', [['windowsize', '65535']], 'windowsize=16', { windowSize: 16 }],
  ['no window at all', [['windowsize', '0']], '', { windowSize: 1 }],
  ['a wait', [['timeout', '3']], 'timeout=3', { timeoutMs: 3000, fixedTimeout: true }],
  ['a wait in milliseconds, as the npm package tftp asks', [['timeout', '3000']], '', { timeoutMs: 1000 }],
  [
    'what nobody knows',
    [
      ['rollover', '0'],
      ['multicast', ''],
      ['blksize', '1024'],
    ],
    'blksize=1024',
    { blockSize: 1024 },
  ],
  [
    'numbers that are none',
    [
      ['blksize', '1e3'],
      ['windowsize', '-1'],
      ['timeout', ' 3'],
      ['tsize', ''],
    ],
    '',
    { blockSize: 512 },
  ],
  ['a number without end', [['blksize', '9'.repeat(400)]], '', { blockSize: 512 }],
])('%s', (_, asked, agreed, terms) => {
  const result = negotiate(new Map(asked), size);
  expect(result).toMatchObject(terms);
  expect([...(result.agreed ?? [])].map(([name, value]) => `${name}=${value}`).join(' ')).toBe(agreed);
});
