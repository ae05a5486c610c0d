import { z } from 'zod';
import { type Shell, shell } from '../../remote/index.ts';
import { addArchive, archiveDemand, removeArchive, type VendorArchive } from '../parts/archive.ts';
import { roomDemand } from '../parts/demands.ts';
import { hardwareDemands } from '../kvm/hardware.ts';
import type { Demand, Layer, LayerContext, LayerStep } from '../layer.ts';
import { mirrorParameter } from '../parts/mirror.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { dropTinyGuest, makeTinyGuest } from '../parts/tiny-guest.ts';
import { hashicorp, oracle, sourceOf, vagrantPackages } from './sources.ts';
import { tryBox, tryVirtualBox } from './verify.ts';

const parameters = z.strictObject({
  provider: z.enum(['libvirt', 'virtualbox']).default('libvirt'),
  /** Default: the distribution on Debian 12, the vendor elsewhere. */
  source: z.enum(['distribution', 'vendor']).optional(),
  /** Of kvm, which the provider libvirt requires: guests without hardware virtualisation. */
  emulation: z.boolean().default(false),
  mirror: mirrorParameter,
});
export type Parameters = z.infer<typeof parameters>;
type Context = LayerContext<Parameters>;

/** Vagrant has its plugins in the home of who uses it. */
const PLUGIN = { name: 'vagrant-libvirt', version: '0.12.2' };

export const vagrant: Layer<Parameters> = {
  name: 'vagrant',
  version: '1',
  summary: 'Vagrant, with libvirt or VirtualBox under it.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04'],
  requires: ({ provider, emulation }) =>
    provider === 'libvirt' ? [{ layer: 'kvm', parameters: { emulation } }] : [],

  demands: (context) => [
    roomDemand('/', 2_000),
    ...sourceDemands(context),
    ...archivesOf(context).map((archive) => archiveDemand(archive, context)),
    ...(context.parameters.provider === 'virtualbox'
      ? [...hardwareDemands, headersDemand, secureBootDemand]
      : []),
  ],
  check: (context) => shell`${isInstalled(...packagesOf(context))} && vagrant --version >/dev/null`,
  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ...archivesOf(context).flatMap((archive) => addArchive(archive, context)),
    ownPackages('vagrant', packagesOf(context), context),
    ...(needsPlugin(context) ? [installPlugin] : []),
    ...(context.parameters.provider === 'libvirt' ? [makeTinyGuest('vagrant', context)] : []),
  ],
  verify: ({ parameters: { provider, emulation } }) => [
    provider === 'libvirt'
      ? {
          kind: 'command',
          name: 'a box is started, talked to and destroyed',
          script: tryBox(emulation ? 'qemu' : 'kvm'),
          deadlineMs: 600_000,
        }
      : { kind: 'command', name: 'VirtualBox starts a machine', script: tryVirtualBox },
  ],
  remove: () => [
    removePlugin,
    dropTinyGuest('vagrant'),
    dropPackages('vagrant'),
    ...archiveNames.map((archive) => removeArchive(archive)),
  ],
};

/** What is taken away is known by its name; of which release it was does not matter then. */
const archiveNames = [hashicorp('debian/12'), oracle('debian/12')];

function archivesOf({ system, parameters: { provider, source } }: Context): readonly VendorArchive[] {
  return [
    ...(sourceOf(system, source) === 'vendor' ? [hashicorp(system)] : []),
    ...(provider === 'virtualbox' ? [oracle(system)] : []),
  ];
}

function packagesOf({ system, parameters: { provider, source } }: Context): readonly string[] {
  return vagrantPackages(system, provider, sourceOf(system, source));
}

function sourceDemands({ system, parameters: { source } }: Context): readonly Demand[] {
  if (source !== 'distribution' || system === 'debian/12') return [];
  return [
    {
      kind: 'script',
      name: 'the distribution has Vagrant',
      code: 'LAYER_UNMET',
      script: shell`[ -n "$(apt-cache policy vagrant | sed -n 's/^ *Candidate: *//p' | grep -vx '(none)')" ] || { echo "this release has no package of Vagrant; leave source out"; exit 1; }`,
    },
  ];
}

const headersDemand: Demand = {
  kind: 'script',
  name: 'headers of the kernel that runs',
  code: 'LAYER_UNMET',
  script: shell`running=$(uname -r)
[ -e "/lib/modules/$running/build" ] || [ -n "$(apt-cache search --names-only "^linux-headers-$running\\$")" ] || { echo "VirtualBox builds modules, and there is no package linux-headers-$running"; exit 1; }`,
};

/** The byte after four of attributes, in efivarfs. */
const secureBootDemand: Demand = {
  kind: 'script',
  name: 'a kernel that loads modules without a signature',
  code: 'LAYER_UNMET',
  script: shell`for file in /sys/firmware/efi/efivars/SecureBoot-*; do
  [ -e "$file" ] || continue
  [ "$(od -An -tu1 -j4 -N1 "$file" | tr -d ' ')" != 1 ] || { echo "Secure Boot is on, and the modules that VirtualBox builds are not signed"; exit 1; }
done`,
};

function needsPlugin({ system, parameters: { provider, source } }: Context): boolean {
  return provider === 'libvirt' && sourceOf(system, source) === 'vendor';
}

const hasPlugin: Shell = shell`HOME=/root vagrant plugin list 2>/dev/null | grep -q ${`^${PLUGIN.name} `}`;

const installPlugin: LayerStep = {
  name: 'install the plugin for libvirt',
  does: `Build ${PLUGIN.name} ${PLUGIN.version} for root, from where Vagrant itself takes plugins.`,
  done: hasPlugin,
  script: shell`HOME=/root vagrant plugin install ${PLUGIN.name} --plugin-version ${PLUGIN.version}`,
  deadlineMs: 1_800_000,
};

const removePlugin: LayerStep = {
  name: 'remove the plugin for libvirt',
  does: `Remove ${PLUGIN.name} of root, where it is not of a package.`,
  done: shell`[ ! -e /root/.vagrant.d/plugins.json ] || ! grep -q ${PLUGIN.name} /root/.vagrant.d/plugins.json`,
  script: shell`HOME=/root vagrant plugin uninstall ${PLUGIN.name}`,
  deadlineMs: 300_000,
};
