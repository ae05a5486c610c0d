import type { PlannedNetwork } from '../../model/index.ts';

/** hosts(5). The name stands for the real address, not for 127.0.1.1: Proxmox and OpenStack look themselves up. */
export function hostsText({ address, search }: PlannedNetwork, hostname: string): string {
  const [domain] = search;
  return [
    '127.0.0.1 localhost',
    '::1 localhost ip6-localhost ip6-loopback',
    'ff02::1 ip6-allnodes',
    'ff02::2 ip6-allrouters',
    // hosts(5): the canonical name first, which is what `hostname --fqdn` says.
    `${address} ${domain === undefined ? '' : `${hostname}.${domain} `}${hostname}`,
    '',
  ].join('\n');
}
