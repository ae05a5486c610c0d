import { describe, expect, it } from 'vitest';
import { createRandom, type Expected, faultCases, faultName, makeHardware } from '../../../lab/sim/index.ts';
import { wrongWith } from '../../../lab/sim/run/report.ts';
import { chooseStories } from '../../../lab/sim/run/stories.ts';

describe('the machines of a fleet', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(makeHardware(7, 12)).toEqual(makeHardware(7, 12));
    expect(makeHardware(8, 12).uuid).not.toBe(makeHardware(7, 12).uuid);
  });

  it('share neither UUID, serial, card nor disk, however many there are', () => {
    const fleet = Array.from({ length: 5_000 }, (_, index) => makeHardware(7, index));
    const distinct = (all: readonly string[]): boolean => new Set(all).size === all.length;
    expect(distinct(fleet.map(({ uuid }) => uuid))).toBe(true);
    expect(distinct(fleet.map(({ serial }) => serial))).toBe(true);
    expect(distinct(fleet.flatMap(({ macs }) => macs))).toBe(true);
    expect(distinct(fleet.flatMap(({ disks }) => disks.map(({ serial }) => serial)))).toBe(true);
  });

  it('are of every kind: both firmwares, and each kind of network card', () => {
    const fleet = Array.from({ length: 100 }, (_, index) => makeHardware(1, index));
    expect(new Set(fleet.map(({ firmware, rom }) => `${firmware} ${rom}`))).toEqual(
      new Set(['bios ipxe', 'bios pxe', 'uefi ipxe', 'uefi pxe', 'uefi http']),
    );
  });

  it('shuffles without losing anything', () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    const shuffled = createRandom(3).shuffled(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  });
});

describe('which machine goes wrong in which way', () => {
  const all = { seed: 5, hasPower: true, withLong: true } as const;

  it('tells every way before any is told twice', () => {
    const stories = chooseStories({ ...all, count: 200, faultyPercent: 50 });
    const told = stories.filter(({ faults }) => faults.length > 0).map(({ name }) => name);
    expect(stories).toHaveLength(200);
    expect(told).toHaveLength(100);
    expect(new Set(told)).toEqual(new Set(faultCases.map(({ name }) => name)));
    expect(chooseStories({ ...all, count: 200, faultyPercent: 50 })).toEqual(stories);
  });

  it('leaves out what needs a BMC where there is none, and what takes long', () => {
    const stories = chooseStories({
      ...all,
      hasPower: false,
      withLong: false,
      count: 300,
      faultyPercent: 100,
    });
    expect(stories.filter(({ needsPower, isLong }) => needsPower || isLong)).toEqual([]);
  });

  it('names each case once, and each fault in words', () => {
    expect(new Set(faultCases.map(({ name }) => name)).size).toBe(faultCases.length);
    expect(faultName({ kind: 'silent', rung: 'kernel', fromBoot: 2 })).toBe('silent kernel 2');
  });
});

describe('what is wrong with the end of a machine', () => {
  const failed: Expected = { state: 'Failed deployment', codes: ['DISK_CHANGED'] };
  const end = { name: 'a', story: 's', expected: failed, workflow: 'RUNNING', running: 0, firmwareStarts: 1 };
  const rows = [
    [{ ...end, state: 'Failed deployment', code: 'DISK_CHANGED' }, 0],
    [{ ...end, state: 'Failed deployment', code: 'INTERNAL' }, 1],
    [{ ...end, state: 'Failed deployment' }, 1],
    [{ ...end, state: 'Deploying', running: 1 }, 3],
    [{ ...end, state: 'Failed deployment', code: 'DISK_CHANGED', workflow: 'COMPLETED' }, 1],
    [{ ...end, expected: { state: 'Deployed' }, state: 'Deployed' }, 0],
    [{ ...end, expected: { state: 'Deployed' }, state: 'Deployed', code: 'INTERNAL' }, 1],
  ] as const;
  it.each(rows)('%j: %i complaints', (one, complaints) => {
    expect(wrongWith(one)).toHaveLength(complaints);
  });
});
