import type {
  DeployPlan,
  Firmware,
  ImageFile,
  PlannedDisk,
  PlannedFileSystem,
  PlannedPartition,
} from '../../model/index.ts';
import { type Cidr, type Ipv4, type Mac, prefixLength } from '../../net/index.ts';

/** A plan of the second format: layers by name alone. */
export interface DeployPlan2 extends Omit<DeployPlan, 'format' | 'layers'> {
  readonly format: 'deploy-plan:2';
  readonly layers: readonly string[];
}

/** A plan of the first format: one disk, flat, with one card that has one address. */
export interface DeployPlan1
  extends Omit<DeployPlan2, 'format' | 'image' | 'storage' | 'network' | 'system'> {
  readonly format: 'deploy-plan:1';
  readonly image: {
    readonly name: string;
    readonly os: string;
    readonly serial: string;
    readonly kernelPackage: string;
    readonly squashfs: ImageFile;
  };
  readonly firmware: Firmware;
  readonly disk: PlannedDisk;
  readonly layout: 'flat';
  readonly partitions: readonly (Omit<PlannedPartition, 'typeCode'> & {
    readonly typeCode: 'ef02' | 'ef00' | '8304' | '8305';
    readonly fileSystem?: 'ext4' | 'vfat';
    readonly mount?: string;
  })[];
  readonly network: {
    readonly hostname: string;
    readonly mac: Mac;
    readonly interfaceName: string;
    readonly address: Ipv4;
    readonly cidr: Cidr;
    readonly gateway?: Ipv4;
    readonly dns: readonly Ipv4[];
  };
}

/**
 * What an older version left in the store is executed as what it said; its digest stays that of the text that was consented to.
 * The names of partitions and file systems follow from their numbers as before, so that an installation may be half done.
 */
export function upgradePlan(kept: DeployPlan | DeployPlan2 | DeployPlan1): DeployPlan {
  if (kept.format === 'deploy-plan:3') return kept;
  const second = kept.format === 'deploy-plan:2' ? kept : ofOneDisk(kept);
  return { ...second, format: 'deploy-plan:3', layers: second.layers.map((name) => ({ name })) };
}

function ofOneDisk(kept: DeployPlan1): DeployPlan2 {
  const { disk, layout, partitions, image, network, ...same } = kept;
  return {
    ...same,
    format: 'deploy-plan:2',
    image: { kind: 'root', ...image },
    storage: {
      layout,
      disks: [
        {
          ...disk,
          partitions: partitions.map(({ number, label, typeCode, size }) => ({
            number,
            label,
            typeCode,
            size,
          })),
        },
      ],
      arrays: [],
      groups: [],
      caches: [],
      pools: [],
      fileSystems: partitions.flatMap(({ label, fileSystem, mount }): PlannedFileSystem[] =>
        fileSystem === undefined || mount === undefined
          ? []
          : [{ on: label, kind: fileSystem, label, mount, options: [] }],
      ),
    },
    network: {
      address: network.address,
      reach: network.interfaceName,
      interfaces: [
        {
          kind: 'card',
          name: network.interfaceName,
          mac: network.mac,
          addresses: [`${network.address}/${prefixLength(network.cidr)}`],
          dhcp4: false,
          dhcp6: false,
          routes: network.gateway === undefined ? [] : [{ family: 4, to: 'default', via: network.gateway }],
        },
      ],
      nameservers: network.dns,
      search: [],
    },
    system: { hostname: network.hostname, users: [], rootLogin: false, packages: [] },
  };
}
