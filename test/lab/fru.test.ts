import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fruImage } from '../../lab/rack/fru.ts';

test('header and areas each sum to zero, whatever the name plate says', () => {
  const text = fc.string({ maxLength: 30 });
  fc.assert(
    fc.property(text, text, text, (maker, product, serial) => {
      const image = fruImage({ maker, product, serial });
      expect(image.length).toBe(512);
      const sum = (bytes: Buffer) => bytes.reduce((total, byte) => total + byte, 0) & 0xff;
      expect(sum(image.subarray(0, 8))).toBe(0);
      for (const at of [image.readUInt8(2) * 8, image.readUInt8(4) * 8]) {
        expect(sum(image.subarray(at, at + image.readUInt8(at + 1) * 8))).toBe(0);
      }
    }),
  );
});

test('a plate that does not fit is refused, not cut', () => {
  expect(() => fruImage({ maker: 'm', product: 'p'.repeat(60), serial: 's' }, 64)).toThrow('does not fit');
});
