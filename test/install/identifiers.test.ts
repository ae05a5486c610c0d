import fc from 'fast-check';
import { expect, test } from 'vitest';
import { installIdentifiers } from '../../install/identifiers.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('identifiers are well-formed, the same each time, and no two alike', () => {
  const all = (intent: string) => {
    const ids = installIdentifiers(intent);
    return [
      ids.disk,
      ids.partition(1),
      ids.partition(2),
      ids.fileSystem(1, 'ext4'),
      ids.fileSystem(2, 'ext4'),
    ];
  };
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      fc.pre(one !== other);
      for (const id of all(one)) expect(id).toMatch(uuid);
      expect(all(one)).toEqual(all(one));
      expect(new Set([...all(one), ...all(other)]).size).toBe(10);
      expect(installIdentifiers(one).fileSystem(1, 'vfat')).toMatch(/^[0-9A-F]{4}-[0-9A-F]{4}$/);
    }),
  );
});
