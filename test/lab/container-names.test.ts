import fc from 'fast-check';
import { expect, test } from 'vitest';
import { containersDirectory, machineId, networkName, rackMark } from '../../lab/container/names.ts';

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

test('the ids of a rack’s machines begin with its mark, and with no other rack’s', () => {
  fc.assert(
    fc.property(name, name, name, (one, other, machine) => {
      expect(machineId(one, machine).startsWith(rackMark(one))).toBe(true);
      if (one !== other) expect(machineId(other, machine).startsWith(rackMark(one))).toBe(false);
      // HOST_NAME_MAX
      expect(machineId(one, machine).length).toBeLessThanOrEqual(64);
    }),
  );
});

test('a name that would leave the folder of the racks is refused', () => {
  expect(containersDirectory('r1', '/lab')).toBe('/lab/containers/r1');
  for (const bad of ['', '..', 'a/b', '-x', 'A', 'a.b']) {
    expect(() => containersDirectory(bad, '/lab')).toThrow('name is of small letters');
    expect(() => machineId('r1', bad)).toThrow('name is of small letters');
  }
  expect(networkName('r1')).not.toBe('r1');
});
