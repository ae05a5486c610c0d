import type { PlannedNetwork } from '../../model/index.ts';

/** hosts(5). The name stands for the real address, not for 127.0.1.1: Proxmox and OpenStack look themselves up. */
export function hostsText(network: PlannedNetwork): string {
  return [
    '127.0.0.1 localhost',
    '::1 localhost ip6-localhost ip6-loopback',
    'ff02::1 ip6-allnodes',
    'ff02::2 ip6-allrouters',
    `${network.address} ${network.hostname}`,
    '',
  ].join('\n');
}
