import { afterAll, beforeAll, expect, it } from 'vitest';
import { operationsOf } from '../../lab/story.ts';
import { IMAGE } from '../fixtures/big-rack.ts';
import { type LayerRack, layerRack } from '../fixtures/layer-rack.ts';

/** Xen on machines with both kinds of firmware: the hypervisor needs a kernel of its own, which no container has. */
let rack: LayerRack;
beforeAll(async () => {
  rack = await layerRack('xen');
});
afterAll(() => rack?.end());

it('is laid by the deployment: the machines start anew, into the hypervisor', async () => {
  const { names, person, within, show } = rack;
  await person.show(
    ...['machine', 'deploy', ...names, '--image', IMAGE, '--layer', 'xen'],
    ...['--param', 'xen.dom0Memory=1024', '--yes', '--wait'],
  );
  for (const name of names) {
    expect((await show(name)).layers).toMatchObject([{ name: 'xen', parameters: { dom0Memory: 1024 } }]);
    expect(await within.run(name, 'xl', 'info')).toMatch(/xen_version +: 4\./);
    expect(await within.run(name, 'xl', 'list')).toMatch(/^Domain-0 +0 +1024 /m);
    await rack.tell(name, 'xen');
  }
}, 3_600_000);

it('laid again it changes nothing, and no machine starts anew', async () => {
  const { names, person, within } = rack;
  const before = await Promise.all(names.map((name) => within.bootId(name)));
  await person.show('layer', 'apply', 'xen', ...names, '--param', 'dom0Memory=1024', '--wait');
  expect(await Promise.all(names.map((name) => within.bootId(name)))).toEqual(before);
  for (const name of names) {
    const [operation] = await operationsOf(person, name);
    const changed = operation?.steps.filter(({ state }) => state !== 'skipped').map((step) => step.name);
    expect(changed?.filter((step) => !/^look before|: verify /.test(step))).toEqual([]);
  }
}, 1_800_000);

it('is taken away: they start the plain system', async () => {
  const { names, person, within, show } = rack;
  await person.show('layer', 'remove', 'xen', ...names, '--yes', '--wait');
  for (const name of names) {
    expect((await show(name)).layers).toEqual([]);
    expect(await within.run(name, 'ls /sys/hypervisor/type 2>&1 || :')).toContain('No such file');
    expect(await within.run(name, 'command -v xl || echo none')).toContain('none');
    // Libraries of that name are kexec's, and were there before.
    const left = await within.run(name, 'dpkg-query -W | grep xen | grep -v ^libxen || echo none');
    expect(left).toBe('none');
    expect(await within.run(name, 'ls -A /var/lib/rackwright')).toBe('package-lists');
    await rack.tell(name, 'xen');
  }
}, 3_600_000);
