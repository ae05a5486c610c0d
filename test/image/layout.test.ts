import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readGpt } from '../../image/gpt.ts';
import { assertLayout } from '../../image/layout.ts';
import { gptDisk, rawDisk } from '../fixtures/image-import.ts';

const esp = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';
const basicData = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';
const bios = '21686148-6449-6e6f-744e-656564454649';
const seed = [
  { number: 1, type: bios, name: 'BIOS Boot' },
  { number: 2, type: esp, name: 'ubuntu-seed' },
];
const banks = [1, 5, 6].map((number) => ({ number, type: number === 1 ? esp : basicData }));

test('a GPT is read as it was written', () => {
  expect(readGpt(gptDisk(seed))).toEqual(seed);
  expect(readGpt(gptDisk(banks))).toEqual(banks.map((one) => ({ ...one, name: '' })));
});

test('what is no GPT, or not all there, is none; and nothing that a disk says is believed beyond its bytes (law)', () => {
  expect(readGpt(rawDisk(new Uint8Array(), 128))).toBeUndefined();
  expect(readGpt(gptDisk(seed).subarray(0, 4096))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 92 }), fc.integer({ min: 0, max: 65_536 }), (header, length) => {
      const disk = gptDisk(seed);
      disk.set(header, 512 + 8);
      readGpt(disk.subarray(0, length));
    }),
  );
});

test.each([
  ['ubuntu-core', gptDisk(banks), /no partition is ubuntu-seed.*there are 1, 5, 6/],
  ['ubuntu-core', rawDisk(new Uint8Array(), 128), /no GUID partition table/],
  ['esxi', gptDisk(seed), /1, 5 and 6 are not.*2 \(ubuntu-seed\)/],
] as const)('a disk that is not what it is said to be is refused: %s', (layout, head, why) => {
  expect(() => assertLayout(head, layout)).toThrow(
    expect.objectContaining({ code: 'IMAGE_REFUSED', details: { field: 'layout' } }),
  );
  expect(() => assertLayout(head, layout)).toThrow(why);
});

test('and one that is passes', () => {
  assertLayout(gptDisk(seed), 'ubuntu-core');
  assertLayout(gptDisk(banks), 'esxi');
});
