import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LayerRequest } from '../../../model/index.ts';
import { shell } from '../../../remote/index.ts';
import { type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';

/** What cannot be laid is refused with its code before anything is changed. */
let bench: LayerBench;
let mirror: TestMirror;
let keyOfSomebody: string;
beforeAll(async () => {
  bench = await layerBench(['m1']);
  mirror = await startMirror(bench.rack.hostAddress);
  keyOfSomebody = await mirror.apt({
    url: 'https://download.docker.com/linux/debian',
    keyUrl: 'https://download.docker.com/linux/debian/gpg',
    suite: 'bookworm',
    component: 'stable',
    packages: [],
  });
}, 300_000);
afterAll(async () => {
  await bench?.close();
  await mirror?.close();
});

const state = async () =>
  (
    await bench.run(
      'm1',
      shell`dpkg-query -W; find /etc /var/lib/rackwright /usr/local /opt -newer /etc/hostname -type f 2>/dev/null | sort; ls /run/rackwright/jobs 2>/dev/null`,
    )
  ).stdout;

describe('refused before the first change', () => {
  const cases: readonly (readonly [string, string, Partial<LayerRequest>, string])[] = [
    ['a layer that there is not', 'frobnicator', {}, 'LAYER_NOT_FOUND'],
    ['a parameter that there is not', 'nginx', { parameters: { prot: 80 } }, 'REQUEST_INVALID'],
    ['a machine without virtualisation', 'kvm', {}, 'VIRTUALISATION_MISSING'],
    ['a container for a hypervisor', 'xen', {}, 'LAYER_UNSUPPORTED'],
    ['roles that are not filled', 'openstack', {}, 'LAYER_ROLES'],
    ['a user that there is not', 'docker', { parameters: { user: 'nobody-here' } }, 'LAYER_UNMET'],
  ];
  test.each(cases)('%s', async (_what, layer, more, code) => {
    const before = await state();
    const operation = await bench.lay('m1', layer, more);
    expect(operation.failure).toMatchObject({ code });
    expect(await state()).toBe(before);
    expect((await bench.record('m1')).layers).toEqual([]);
  });

  test('the key of a package archive is another one', async () => {
    const before = await state();
    const operation = await bench.lay('m1', 'docker', {
      parameters: { source: 'upstream', mirror: mirror.url },
    });
    expect(operation.failure).toMatchObject({ code: 'KEY_DIFFERS' });
    expect(operation.failure?.message).toContain(keyOfSomebody);
    expect(await state()).toBe(before);
  });

  test('a mirror that nobody reaches', async () => {
    const before = await state();
    const nowhere = mirror.url.replace(/:\d+$/, ':9');
    const operation = await bench.lay('m1', 'docker', {
      parameters: { source: 'upstream', mirror: nowhere },
    });
    expect(operation.failure).toMatchObject({ code: 'MIRROR_UNREACHABLE' });
    expect(await state()).toBe(before);
  });
});

test('of two layers that cannot be together the second one is refused, and one that is needed stays', async () => {
  const kvm = await bench.lay('m1', 'kvm', { parameters: { emulation: true }, only: 'lay' });
  expect(kvm.failure).toBeUndefined();
  const xen = await bench.lay('m1', 'xen');
  expect(xen.failure).toMatchObject({ code: 'LAYER_CONFLICT' });
  expect((await bench.record('m1')).layers.map(({ name }) => name)).toEqual(['kvm']);
}, 600_000);
