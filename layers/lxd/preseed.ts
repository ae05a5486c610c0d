import type { LxdParameters } from './parameters.ts';

/** The pool's name is LXD's own default, and so is the profile's: what people launch finds them by themselves. */
export const POOL = 'default';

/** For `lxd init --preseed`, which changes what is there to what is said here. JSON is YAML. */
export function preseedText({ pool, poolGiB, bridge, subnet }: LxdParameters): string {
  const wanted = {
    networks: [
      {
        name: bridge,
        type: 'bridge',
        config: { 'ipv4.address': subnet, 'ipv4.nat': 'true', 'ipv6.address': 'none' },
      },
    ],
    storage_pools: [
      { name: POOL, driver: pool, ...(pool === 'dir' ? {} : { config: { size: `${poolGiB}GiB` } }) },
    ],
    profiles: [
      {
        name: 'default',
        devices: {
          root: { type: 'disk', path: '/', pool: POOL },
          eth0: { type: 'nic', name: 'eth0', network: bridge },
        },
      },
    ],
  };
  return `${JSON.stringify(wanted, undefined, 2)}\n`;
}
