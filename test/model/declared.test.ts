import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareInventory, type DeclaredMachine, type Inventory, matchDeclared } from '../../model/index.ts';
import { type Mac, parseMac } from '../../net/index.ts';
import { disk, GIB, inventory } from '../install/example.ts';

const mac = (number: number): Mac =>
  parseMac(`52:54:00:78:00:${number.toString(16).padStart(2, '0')}`) as Mac;

function declared(name: string, values: Partial<DeclaredMachine> = {}): DeclaredMachine {
  return { name, macs: [], tags: [], expects: {}, onMismatch: 'warn', ...values };
}

const a = declared('a', { serial: 'SN-A', macs: [mac(1), mac(2)] });
const b = declared('b', { serial: 'SN-B' });
const c = declared('c', { macs: [mac(3)] });
const all = [a, b, c];

describe('a machine that arrives is the declared one', () => {
  test.each([
    ['by its serial', { serial: 'SN-B', macs: [mac(9)] }, 'b'],
    ['by its MAC', { serial: 'SN-C', macs: [mac(9), mac(3)] }, 'c'],
    ['by both', { serial: 'SN-A', macs: [mac(1)] }, 'a'],
    ['by its serial, with another card', { serial: 'SN-A', macs: [mac(9)] }, 'a'],
    ['by its MAC where the board has no serial', { serial: 'To be filled by O.E.M.', macs: [mac(2)] }, 'a'],
  ])('%s', (_, identity, name) => {
    expect(matchDeclared(all, identity)).toMatchObject({ kind: 'match', declared: { name } });
  });

  test.each([
    ['nobody wrote it down', { serial: 'SN-X', macs: [mac(9)] }],
    ['it says nothing of itself', { serial: '', macs: [] }],
  ])('and none when %s', (_, identity) => {
    expect(matchDeclared(all, identity)).toEqual({ kind: 'none' });
  });

  test('a placeholder that was declared by mistake fits no other placeholder', () => {
    const careless = [declared('x', { serial: 'Default string' })];
    expect(matchDeclared(careless, { serial: 'Default string', macs: [] })).toEqual({ kind: 'none' });
  });

  test.each([
    ['the serial of one and the MAC of another', { serial: 'SN-B', macs: [mac(3)] }, ['b', 'c']],
    ['MACs of two', { serial: '', macs: [mac(1), mac(3)] }, ['a', 'c']],
    ['a MAC, but another serial than was declared', { serial: 'SN-Z', macs: [mac(1)] }, ['a']],
  ])('never by a guess: %s', (_, identity, names) => {
    expect(matchDeclared(all, identity)).toMatchObject({ kind: 'conflict', names });
  });

  test('whatever the order of the declarations', () => {
    const serial = fc.constantFrom('', 'SN-A', 'SN-B', 'SN-C', 'none');
    const macs = fc.subarray([mac(1), mac(2), mac(3), mac(4)]);
    fc.assert(
      fc.property(
        serial,
        macs,
        fc.shuffledSubarray(all, { minLength: 3 }),
        (ownSerial, ownMacs, shuffled) => {
          const [one, other] = [all, shuffled].map((list) =>
            matchDeclared(list, { serial: ownSerial, macs: ownMacs }),
          );
          expect(other?.kind).toBe(one?.kind);
          if (one?.kind === 'match' && other?.kind === 'match') expect(other.declared).toBe(one.declared);
        },
      ),
    );
  });
});

describe('what is there is held against what was written down', () => {
  const base = inventory([
    disk({ size: 960_197_124_096 }),
    disk({ name: 'vdb', serial: 'DISK-2', size: 960_197_124_096 }),
  ]);
  const there: Inventory = { ...base, memory: { ...base.memory, bytes: 62.7 * GIB } };
  const difference = (values: Partial<DeclaredMachine>) =>
    compareInventory(declared('a', values), there).map(
      ({ field, expected, found, severity }) => `${field}: ${expected}, ${found} (${severity})`,
    );

  test('in nothing when it is what was ordered, the bytes that firmware keeps and vendors round included', () => {
    expect(
      difference({
        serial: 'SN1',
        macs: [mac(0x10)],
        expects: {
          threads: 2,
          sockets: 1,
          memory: 64 * GIB,
          diskCount: 2,
          diskSize: 960e9,
          diskSerials: ['DISK-2', 'DISK-1'],
        },
      }),
    ).toEqual([]);
    expect(difference({})).toEqual([]);
  });

  test.each<[Partial<DeclaredMachine>, string[]]>([
    [{ serial: 'SN2' }, ['serial: SN2, SN1 (major)']],
    [{ macs: [mac(0x10), mac(0x11)] }, ['macs: 52:54:00:78:00:11, no such card (major)']],
    [{ expects: { threads: 4 } }, ['threads: 4, 2 (major)']],
    [{ expects: { threads: 1 } }, ['threads: 1, 2 (minor)']],
    [{ expects: { sockets: 2 } }, ['sockets: 2, 1 (major)']],
    [{ expects: { memory: 128 * GIB } }, [`memory: ${128 * GIB}, ${62.7 * GIB} (major)`]],
    [{ expects: { memory: 32 * GIB } }, [`memory: ${32 * GIB}, ${62.7 * GIB} (minor)`]],
    [{ expects: { diskCount: 3 } }, ['disks.count: 3, 2 (major)']],
    [{ expects: { diskCount: 1 } }, ['disks.count: 1, 2 (minor)']],
    [{ expects: { diskSerials: ['DISK-1', 'DISK-9'] } }, ['disks.serials: DISK-9, no such disk (major)']],
    [
      { expects: { diskSize: 1.92e12 } },
      ['vda', 'vdb'].map((name) => `disks.size (${name}): 1920000000000, 960197124096 (major)`),
    ],
    [
      { expects: { diskSize: 480e9 } },
      ['vda', 'vdb'].map((name) => `disks.size (${name}): 480000000000, 960197124096 (minor)`),
    ],
  ])('%j', (values, said) => {
    expect(difference(values)).toEqual(said);
  });
});
