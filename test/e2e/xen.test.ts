import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MachineSpec, powerOn } from '../../lab/index.ts';
import { type Service, startService } from '../../lab/service.ts';
import { awaitEnlisted, operationsOf, type Operator, operator, prepare, stepTimes } from '../../lab/story.ts';
import type { MachineRecord } from '../../model/index.ts';
import { IMAGE } from '../fixtures/big-rack.ts';
import { type Inside, inside } from '../fixtures/inside.ts';
import { type VirtualRack, virtualRack } from '../fixtures/virtual-rack.ts';

/** Xen on machines with both kinds of firmware: the hypervisor needs a kernel of its own, which no container has. */
const GiB = 1024 ** 3;
const machines: readonly MachineSpec[] = (['bios', 'uefi'] as const).map((firmware, index) => ({
  name: `x1-${firmware}`,
  firmware,
  disks: [{ bus: 'virtio', bytes: 8 * GiB }],
  memoryMiB: 2560,
  cpus: 2,
  macs: [`52:54:00:79:02:1${index}`],
  uuid: `5c0f0000-0000-4000-8000-00000000020${index}`,
  serial: `XN000${index + 1}`,
}));
const names = machines.map(({ name }) => name);
let lab: VirtualRack;
let service: Service;
let person: Operator;
let within: Inside;
const show = (name: string) => person.read<MachineRecord>('machine', 'show', name);

beforeAll(async () => {
  lab = await virtualRack('xen', machines);
  service = await startService(lab.rack);
  person = operator(service);
  within = inside(service);
  await prepare(lab.rack, person, IMAGE);
  for (const name of names) await powerOn(lab.rack, name);
  await awaitEnlisted(lab.rack, person, 10 * 60_000);
  await person.show('machine', 'commission', ...names, '--yes', '--wait');
});
afterAll(() => lab?.end());

it('is laid by the deployment: the machines start anew, into the hypervisor', async () => {
  await person.show(
    ...(['machine', 'deploy', ...names, '--image', IMAGE, '--layer', 'xen'] as const),
    ...['--param', 'xen.dom0Memory=1024', '--yes', '--wait'],
  );
  for (const name of names) {
    expect((await show(name)).layers).toMatchObject([{ name: 'xen', parameters: { dom0Memory: 1024 } }]);
    const info = await within.run(name, 'xl', 'info');
    expect(info).toMatch(/xen_version +: 4\./);
    expect(await within.run(name, 'xl', 'list')).toMatch(/^Domain-0 +0 +1024 /m);
    for (const { step, seconds } of stepTimes(await operationsOf(person, name)))
      if (step.includes('xen')) console.log(`  ${name} ${seconds.toFixed(1).padStart(6)} s  ${step}`);
  }
}, 3_600_000);

it('laid again it changes nothing, and no machine starts anew', async () => {
  const before = await Promise.all(names.map((name) => within.bootId(name)));
  await person.show('layer', 'apply', 'xen', ...names, '--param', 'dom0Memory=1024', '--wait');
  expect(await Promise.all(names.map((name) => within.bootId(name)))).toEqual(before);
  for (const name of names) {
    const [operation] = await operationsOf(person, name);
    const changed = operation?.steps.filter(({ state }) => state !== 'skipped').map((step) => step.name);
    expect(changed?.filter((step) => !/^look before|: verify /.test(step))).toEqual([]);
  }
});

it('is taken away: they start the plain system', async () => {
  await person.show('layer', 'remove', 'xen', ...names, '--yes', '--wait');
  for (const name of names) {
    expect((await show(name)).layers).toEqual([]);
    expect(await within.run(name, 'ls /sys/hypervisor/type 2>&1 || :')).toContain('No such file');
    expect(await within.run(name, 'command -v xl || echo none')).toContain('none');
  }
});
