import { BRIDGE } from './network.ts';
import type { RackAddresses } from './addresses.ts';

/**
 * The rack's router: iPXE waits some 15 seconds for a router advertisement after its DHCP answer, and a solicitation
 * that is answered at once ends the wait. No DNS (port 0), no DHCP: those are the boot server's.
 */
export function routerCommand(addresses: RackAddresses): [string, ...string[]] {
  return [
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--log-facility=-',
    '--user=root',
    '--port=0',
    `--interface=${BRIDGE}`,
    '--enable-ra',
    `--dhcp-range=${addresses.ipv6Prefix},ra-only,64`,
    // Lifetime 0: there is a network here, but no way out of it.
    `--ra-param=${BRIDGE},60,0`,
    '--leasefile-ro',
  ];
}
