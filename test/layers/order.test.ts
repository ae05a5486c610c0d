import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { layersInOrder, neededBy } from '../../layers/index.ts';
import type { Layer, Requirement } from '../../layers/layer.ts';
import { codeOf } from '../../model/index.ts';
import { shell } from '../../remote/index.ts';

/** vm needs kvm, shop needs vm and web, kvm and xen are enemies, and round goes round. */
function layer(
  name: string,
  requires: readonly Requirement[] = [],
  conflicts: readonly string[] = [],
): Layer {
  return {
    name,
    version: '1',
    summary: '',
    parameters: z.strictObject({ port: z.number().optional(), emulation: z.boolean().optional() }),
    systems: ['debian/12'],
    requires: () => requires,
    conflicts,
    check: () => shell`:`,
    apply: () => [],
    verify: () => [],
    remove: () => [],
  };
}
const made = [
  layer('web'),
  layer('kvm', [], ['xen']),
  layer('xen'),
  layer('vm', [{ layer: 'kvm', parameters: { emulation: true } }]),
  layer('shop', [{ layer: 'vm' }, { layer: 'web' }]),
  layer('round', [{ layer: 'circle' }]),
  layer('circle', [{ layer: 'round' }]),
];
const find = (name: string): Layer => {
  const found = made.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const ask = (...names: string[]) => names.map((name) => ({ layer: name, parameters: {} }));
const order = (asked: ReturnType<typeof ask>, present: readonly string[] = []) =>
  layersInOrder(asked, present, find).map((request) => request.layer);

describe('the order of layers', () => {
  test.each([
    { asked: ['web'], present: [], order: ['web'] },
    { asked: ['shop'], present: [], order: ['kvm', 'vm', 'web', 'shop'] },
    { asked: ['shop'], present: ['vm'], order: ['web', 'shop'] },
    // What is asked for is laid, there or not, and before what needs it.
    { asked: ['shop', 'vm'], present: ['vm', 'kvm'], order: ['vm', 'web', 'shop'] },
    { asked: ['web', 'shop', 'vm'], present: [], order: ['web', 'kvm', 'vm', 'shop'] },
    { asked: ['web', 'web'], present: [], order: ['web', 'web'] },
  ])('$asked where there is $present', ({ asked, present, order: expected }) => {
    expect(order(ask(...asked), present)).toEqual(expected);
  });

  test('what comes along has the parameters that it is required with, unless it was asked for itself', () => {
    expect(layersInOrder(ask('vm'), [], find)[0]).toEqual({ layer: 'kvm', parameters: { emulation: true } });
    const own = { layer: 'kvm', parameters: { port: 1 } };
    expect(layersInOrder([...ask('vm'), own], [], find)[0]).toBe(own);
  });

  test.each([
    { asked: ['xen', 'kvm'], present: [], code: 'LAYER_CONFLICT' },
    { asked: ['vm'], present: ['xen'], code: 'LAYER_CONFLICT' },
    // Whichever of the two says so.
    { asked: ['xen'], present: ['kvm'], code: 'LAYER_CONFLICT' },
    { asked: ['round'], present: [], code: 'LAYER_CIRCLE' },
  ])('$asked where there is $present: $code', ({ asked, present, code }) => {
    expect(() => order(ask(...asked), present)).toThrow(expect.objectContaining({ code }));
  });

  test('a layer that nobody knows any more is in nobody’s way', () => {
    expect(order(ask('web'), ['of-another-time'])).toEqual(['web']);
    expect(codeOf(new Error('x'))).toBeUndefined();
  });
});

test('what others need is known', () => {
  const laid = [
    { name: 'shop' },
    { name: 'vm', parameters: {} },
    { name: 'web' },
    { name: 'of-another-time' },
  ];
  expect(neededBy('kvm', laid, find)).toEqual(['vm']);
  expect(neededBy('web', laid, find)).toEqual(['shop']);
  expect(neededBy('shop', laid, find)).toEqual([]);
});
