import fc from 'fast-check';
import { expect, test } from 'vitest';
import { installIdentifiers } from '../../install/identifiers.ts';
import { plan } from './example.ts';

const { storage } = plan();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('identifiers are well-formed, the same each time, and no two alike', () => {
  const all = (intent: string) => {
    const ids = installIdentifiers(intent, storage);
    return [
      ids.disk(0),
      ids.disk(1),
      ids.partition(0, 1),
      ids.partition(1, 1),
      ids.fileSystem({ on: 'root', kind: 'ext4', options: [] }),
      ids.fileSystem({ on: 'data', kind: 'xfs', options: [] }),
    ];
  };
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      fc.pre(one !== other);
      for (const id of all(one)) expect(id).toMatch(uuid);
      expect(all(one)).toEqual(all(one));
      expect(new Set([...all(one), ...all(other)]).size).toBe(12);
      const ids = installIdentifiers(one, storage);
      expect(ids.fileSystem({ on: 'ESP', kind: 'vfat', options: [] })).toMatch(/^[0-9A-F]{4}-[0-9A-F]{4}$/);
      expect(ids.array('root')).toMatch(/^[0-9a-f]{8}(:[0-9a-f]{8}){3}$/);
      expect(ids.physicalVolume('lvm')).toMatch(/^[0-9a-f]{6}(-[0-9a-f]{4}){5}-[0-9a-f]{6}$/);
    }),
  );
});
