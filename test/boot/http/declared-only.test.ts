import { afterAll, beforeAll, expect, test } from 'vitest';
import { ipv4 } from '../../../net/index.ts';
import { type BootBench, bootBench, mac, subnet } from '../../fixtures/boot-bench.ts';

/** docs/security.md, rule 1, where a subnet serves only machines that were declared. */
let bench: BootBench;
beforeAll(async () => {
  bench = await bootBench();
  await bench.store.subnets.put({ ...subnet, discovery: 'declared-only' });
  await bench.store.declared.put([
    { name: 'expected', macs: [mac(1)], tags: [], expects: {}, onMismatch: 'warn' },
    { name: 'by-serial', serial: 'SN-2', macs: [], tags: [], expects: {}, onMismatch: 'warn' },
  ]);
  await bench.store.events.append({ at: new Date().toISOString(), kind: 'declared.changed', message: '' });
}, 120_000);
afterAll(() => bench?.close());

const script = async (last: number) => {
  const address = ipv4(`127.0.0.${100 + last}`);
  bench.lease(mac(last), address);
  return bench.ask(`/boot/${mac(last).replaceAll(':', '-')}.ipxe`, address);
};

test('a card that was declared is booted', async () => {
  await expect.poll(() => bench.directory.isDeclared(mac(1))).toBe(true);
  expect((await script(1)).body).toContain('/seed/');
});

test('another one gets no byte of a seed, and no boot is opened for it', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => script(2 + index)));
  for (const { body } of answers) expect(body).not.toMatch(/seed|kernel|squashfs/);
  await bench.directory.flush();
  const open = await bench.store.boots.openBoots(new Date());
  expect(open.map((boot) => boot.mac)).toEqual([mac(1)]);
});

test('what is forgotten is a stranger again', async () => {
  await bench.store.declared.delete('expected');
  await bench.store.declared.put([
    { name: 'late', macs: [mac(40)], tags: [], expects: {}, onMismatch: 'warn' },
  ]);
  await bench.store.events.append({ at: new Date().toISOString(), kind: 'declared.changed', message: '' });
  await expect.poll(() => bench.directory.isDeclared(mac(40))).toBe(true);
  expect(bench.directory.isDeclared(mac(1))).toBe(false);
  expect((await script(40)).body).toContain('/seed/');
});
