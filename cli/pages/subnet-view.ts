import type { Subnet } from '../../model/index.ts';
import type { View } from '../output.ts';
import { renderPairs } from '../table.ts';

const range = ({ first, last }: Subnet['dynamic']): string => `${first}-${last}`;

const discoveryWords: Readonly<Record<Subnet['discovery'], string>> = {
  on: 'unknown machines are booted',
  'declared-only': 'only machines that were declared are booted',
  off: 'unknown machines get no answer',
};

export const subnetList: View<Subnet> = {
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'CIDR', cell: ({ cidr }) => cidr },
    { title: 'SERVER', cell: ({ serverAddress }) => serverAddress },
    { title: 'DYNAMIC', cell: ({ dynamic }) => range(dynamic) },
    { title: 'STATIC', cell: (subnet) => range(subnet.static) },
    { title: 'DISCOVERY', cell: ({ discovery }) => discovery },
    { title: 'BOOTS', cell: ({ ephemeralImage }) => ephemeralImage },
    { title: 'GATEWAY', cell: ({ gateway }) => gateway ?? '', wide: true },
    { title: 'DNS', cell: ({ dns }) => dns.join(','), wide: true },
    { title: 'PROXY', cell: ({ packageProxy }) => packageProxy ?? '', wide: true },
    { title: 'SITE', cell: ({ site }) => site, wide: true },
  ],
};

export const subnetPage: View<Subnet> = {
  ...subnetList,
  page: (subnet) => [
    `${subnet.name}  ${subnet.cidr}  site ${subnet.site}`,
    ...renderPairs([
      ['server', [`${subnet.serverAddress}: DHCP, TFTP and HTTP boot`]],
      ['gateway', [subnet.gateway ?? 'none']],
      ['dns', [subnet.dns.join(', ') || 'none']],
      ['dynamic', [`${range(subnet.dynamic)}: given by DHCP`]],
      ['static', [`${range(subnet.static)}: given to deployed machines`]],
      ['discovery', [discoveryWords[subnet.discovery]]],
      ['host keys', [`pinned by the ${subnet.pin ?? 'network'}`]],
      ['boots', [subnet.ephemeralImage]],
      ['proxy', [subnet.packageProxy ?? 'none']],
    ]),
  ],
};
