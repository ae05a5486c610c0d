import type { Context } from './parameters.ts';
import { duties, firstOf } from './places.ts';

/** What stands in the text until the machines were asked: their full names, and the network that they are in. */
export const nameToken = (address: string): string => `@name of ${address}@`;
export const CIDR_TOKEN = '@network@';

/**
 * The answers to all questions that Sunbeam would ask (snap-openstack, core/manifest.py, CoreConfig). JSON, which is YAML too.
 */
export function manifestText(context: Pick<Context, 'members' | 'parameters'>): string {
  const { members, parameters } = context;
  const { osdDevices, apiRange, externalInterface, externalCidr, externalGateway, externalRange } =
    parameters;
  const byName = <Value>(value: Value, has: (role: string) => boolean): Readonly<Record<string, Value>> =>
    Object.fromEntries(
      members.filter(({ role }) => has(role)).map(({ address }) => [nameToken(address), value]),
    );
  const stores = (role: string) => duties(role, parameters).includes('storage');
  const isOutside = (role: string) =>
    duties(role, parameters).some((duty) => duty === 'compute' || duty === 'network');
  const config = {
    proxy: { proxy_required: false },
    bootstrap: { management_cidr: CIDR_TOKEN },
    ...(apiRange !== undefined && { 'k8s-addons': { loadbalancer: apiRange } }),
    user: {
      run_demo_setup: true,
      remote_access_location: externalInterface === undefined ? 'local' : 'remote',
    },
    ...(externalInterface !== undefined && {
      'external-networks': {
        physnet1: {
          cidr: externalCidr,
          gateway: externalGateway,
          range: externalRange,
          network_type: 'flat',
          nics: byName(externalInterface, isOutside),
        },
      },
    }),
    ...(osdDevices !== undefined && {
      microceph_config: byName({ osd_devices: osdDevices.split(',') }, stores),
    }),
  };
  return `${JSON.stringify({ core: { config } }, null, 2)}\n`;
}

/** Why it cannot be, as far as that is known without the machines. */
export function cloudRefusal(context: Pick<Context, 'members' | 'parameters'>): string | undefined {
  const { members, parameters } = context;
  const several = members.length > 1;
  const duty = (wanted: string) => members.some(({ role }) => duties(role, parameters).includes(wanted));
  if (duty('storage') && parameters.osdDevices === undefined)
    return 'machines that store need the parameter osdDevices: empty disks, which Ceph takes';
  if (!duty('compute')) return 'no machine computes: roles has to have it, or a machine the role compute';
  if (several && parameters.apiRange === undefined)
    return 'several machines need the parameter apiRange: addresses in their network for the interfaces of OpenStack';
  if (several && parameters.externalInterface === undefined)
    return 'several machines need the parameters externalInterface, externalCidr, externalGateway and externalRange: their guests are reached from outside alone';
  const controls = members.filter(({ role }) => duties(role, parameters).includes('control')).length;
  if (controls === 2)
    return `the control plane is on one machine, or on three or more: ${firstOf(context).name} and one other would stop when either does`;
  return undefined;
}
