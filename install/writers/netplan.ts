import type { PlannedNetwork } from '../../model/index.ts';
import { prefixLength } from '../../net/index.ts';
import { yamlText } from './yaml.ts';

/** netplan(5), version 2. The file has to be 0600: netplan warns about anything wider. */
export function netplanText(network: PlannedNetwork): string {
  const { interfaceName, mac, address, cidr, gateway, dns } = network;
  return yamlText({
    network: {
      version: 2,
      ethernets: {
        [interfaceName]: {
          match: { macaddress: mac },
          'set-name': interfaceName,
          dhcp4: false,
          addresses: [`${address}/${prefixLength(cidr)}`],
          ...(gateway === undefined ? {} : { routes: [{ to: 'default', via: gateway }] }),
          ...(dns.length === 0 ? {} : { nameservers: { addresses: dns } }),
        },
      },
    },
  });
}
