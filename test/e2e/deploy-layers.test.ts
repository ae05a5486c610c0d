import { afterAll, beforeAll, expect, it } from 'vitest';
import { IMAGE } from '../fixtures/big-rack.ts';
import { type LayerRack, layerRack } from '../fixtures/layer-rack.ts';

/** A machine goes from Ready to a host of containers or of virtual machines in one go. */
let rack: LayerRack;
beforeAll(async () => {
  rack = await layerRack('deploy-layers');
});
afterAll(() => rack?.end());

it('docker by the deployment of the one, kvm by that of the other', async () => {
  const { names, person, within, show } = rack;
  const [bios, uefi] = names;
  const deploy = (name: string, ...layer: readonly string[]) =>
    person.show('machine', 'deploy', name, '--image', IMAGE, ...layer, '--yes', '--wait');
  await Promise.all([
    deploy(bios, '--layer', 'docker'),
    deploy(uefi, '--layer', 'kvm', '--param', 'kvm.emulation=true'),
  ]);
  expect((await show(bios)).layers).toMatchObject([{ name: 'docker' }]);
  expect(await within.run(bios, 'docker info --format {{.Driver}}')).toContain('overlay2');
  await rack.tell(bios, 'docker');
  expect((await show(uefi)).layers).toMatchObject([{ name: 'kvm', parameters: { emulation: true } }]);
  expect(await within.run(uefi, 'virsh', 'net-list')).toMatch(/default +active/);
  await rack.tell(uefi, 'kvm');
}, 3_600_000);
