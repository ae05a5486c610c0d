import { expect, test } from 'vitest';
import { demandRoles, layerOn } from '../../activities/layer-on.ts';
import { codeOf, type LayerPlace } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';

const cloud = {
  name: 'cloud',
  roles: [
    { name: 'controller', does: 'decides', min: 1, max: 1 },
    { name: 'compute', does: 'runs guests', min: 1 },
  ],
};
const members = (...roles: string[]): readonly LayerPlace[] =>
  roles.map((role, index) => ({
    role,
    machineId: `m-${index}`,
    name: `m${index}`,
    address: ipv4(`10.0.0.${index + 1}`),
  }));
const refusal = (role: string | undefined, ...roles: string[]) => {
  try {
    const request = { layer: 'cloud', parameters: {}, members: members(...roles), ...(role && { role }) };
    demandRoles(cloud, request);
    return undefined;
  } catch (error) {
    return [codeOf(error), (error as Error).message];
  }
};

test.each([
  ['controller', ['controller', 'compute']],
  ['compute', ['compute', 'controller', 'compute']],
])('%s among %j is fine', (role, roles) => {
  expect(refusal(role, ...roles)).toBeUndefined();
});

test.each([
  [undefined, [], 'it needs a machine as controller'],
  ['controller', ['controller'], 'it needs a machine as compute'],
  [
    'controller',
    ['controller', 'controller', 'compute'],
    'it takes no more than 1 as controller, and 2 are named',
  ],
  ['controller', ['controller', 'compute', 'chef'], 'it has no role chef, but controller, compute'],
  [undefined, ['controller', 'compute'], 'the machine has none of its roles'],
])('%s among %j is refused', (role, roles, why) => {
  expect(refusal(role, ...roles)).toEqual(['LAYER_ROLES', `cloud: ${why}.`]);
});

test('a layer without roles takes none', () => {
  const plain = { name: 'web' };
  expect(() => demandRoles(plain, { layer: 'web', parameters: {}, role: 'chef' })).toThrow('it has no roles');
  expect(() => demandRoles(plain, { layer: 'web', parameters: {} })).not.toThrow();
});

test('of what is not laid nobody knows the role: there is nothing to take away', () => {
  const on = { image: 'debian/12', machineName: 'm1', address: ipv4('10.0.0.1'), packageProxy: undefined };
  expect(() => layerOn({ layer: 'openstack', parameters: {} }, on, 'remove')).toThrow(
    expect.objectContaining({ code: 'LAYER_NOT_LAID' }),
  );
});
