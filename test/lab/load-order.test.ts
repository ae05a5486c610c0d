import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadOrder, moduleName, parseModulesDep } from '../../lab/image/initrd/load-order.ts';

const DEP = `kernel/a/virtio_net.ko: kernel/b/net_failover.ko kernel/b/failover.ko
kernel/b/net_failover.ko: kernel/b/failover.ko
kernel/b/failover.ko:
kernel/fs/squashfs.ko.zst:
`;

test('what a module needs is loaded before it', () => {
  const order = loadOrder(parseModulesDep(DEP), new Set(), ['virtio_net', 'squashfs']);
  expect(order.map(moduleName)).toEqual(['failover', 'net_failover', 'virtio_net', 'squashfs']);
});

test('what is built into the kernel needs no file; what it lacks is an error', () => {
  expect(loadOrder(parseModulesDep(DEP), new Set(['loop']), ['loop'])).toEqual([]);
  expect(() => loadOrder(parseModulesDep(DEP), new Set(), ['loop'])).toThrow('no module "loop"');
});

test('any acyclic set of modules comes out complete, once, and in order', () => {
  const graphs = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(graphs, (graph) => {
      // A module may need earlier ones only, so there is no cycle.
      const needs = new Map(
        graph.map((targets, index) => [
          `m${index}.ko`,
          index === 0 ? [] : [...new Set(targets.map((target) => `m${target % index}.ko`))],
        ]),
      );
      const order = loadOrder(
        needs,
        new Set(),
        graph.map((_, index) => `m${index}`),
      );
      expect(new Set(order).size).toBe(order.length);
      expect(order.length).toBe(graph.length);
      for (const [path, dependencies] of needs) {
        for (const dependency of dependencies)
          expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(path));
      }
    }),
  );
});
