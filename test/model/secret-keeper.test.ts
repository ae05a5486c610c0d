import { expect, test } from 'vitest';
import { secretKeeper } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';

const place = (name: string, role: string) => ({
  machineId: `m-${name}`,
  name,
  address: ipv4('10.78.0.1'),
  role,
});
const cloud = [
  { name: 'network', min: 0, max: 1 },
  { name: 'compute', min: 1 },
  { name: 'controller', min: 1, max: 1 },
];
const alike = [{ name: 'node', min: 1 }];

test.each([
  ['nobody', cloud, [], undefined],
  ['whose role no other can have', cloud, [place('a', 'compute'), place('b', 'controller')], 'b'],
  ['not one that need not be there', cloud, [place('n', 'network'), place('b', 'controller')], 'b'],
  ['the first of those that are alike', alike, [place('a', 'node'), place('b', 'node')], 'a'],
  ['the first where there are no roles', [], [place('a', ''), place('b', '')], 'a'],
])('secrets of a layer are kept with %s', (_, roles, places, keeper) => {
  expect(secretKeeper(roles, places)?.name).toBe(keeper);
});

test('a machine that leaves, and whoever is named first, does not change them', () => {
  const controller = place('b', 'controller');
  const members = [place('a', 'compute'), place('c', 'compute'), controller];
  for (const gone of ['a', 'c', ''])
    for (const places of [members, members.toReversed()])
      expect(
        secretKeeper(
          cloud,
          places.filter(({ name }) => name !== gone),
        ),
      ).toBe(controller);
});
