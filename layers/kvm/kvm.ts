import { z } from 'zod';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { bridgeDemands, layBridge, removeBridge } from '../parts/bridge/bridge.ts';
import { bridgeFault, bridgeParameters } from '../parts/bridge/parameters.ts';
import { memoryDemand, roomDemand } from '../parts/demands.ts';
import type { Demand, Layer, LayerContext, LayerStep } from '../layer.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { dropTinyGuest, makeTinyGuest } from '../parts/tiny-guest.ts';
import { hardwareDemands } from './hardware.ts';
import { tryGuest } from './verify.ts';

const parameters = z
  .strictObject({
    /** Guests run without hardware virtualisation, slowly. */
    emulation: z.boolean().default(false),
    /** May manage guests. */
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'is no name of a user')
      .optional(),
    ...bridgeParameters,
  })
  .superRefine((values, context) => {
    const message = bridgeFault(values);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['bridge'], message });
  });
type Parameters = z.infer<typeof parameters>;
type Context = LayerContext<Parameters>;

/** `qemu-kvm` is but a name that several packages answer to on Ubuntu 26.04. */
const PACKAGES = [
  'qemu-system-x86',
  'qemu-utils',
  'libvirt-daemon-system',
  'libvirt-clients',
  'virtinst',
  'dnsmasq-base',
  'cpu-checker',
  'bridge-utils',
  'iptables',
];
const GROUP = 'libvirt';
/** Whom we put into the group, and nobody who was in it before. */
const USER_FILE = '/var/lib/rackwright/kvm-user';
const POOL = '/var/lib/libvirt/images';
const virsh = shell`virsh --quiet --connect qemu:///system`;

export const kvm: Layer<Parameters> = {
  name: 'kvm',
  version: '1',
  summary:
    'KVM with libvirt: virtual machines, a network for them, and a bridge into the own network if wanted.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],
  conflicts: ['xen'],

  demands: (context) => [
    ...(context.parameters.emulation ? [] : hardwareDemands),
    memoryDemand(1_024),
    roomDemand(POOL, 2_000),
    ...userDemands(context.parameters),
    ...bridgeDemands(context),
  ],
  check: () => shell`${isInstalled(...PACKAGES)} && ${virsh} list >/dev/null && ${isReady}`,
  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ownPackages('kvm', PACKAGES, context),
    ready,
    addUser(context),
    ...layBridge(context),
    makeTinyGuest('kvm', context),
  ],
  verify: ({ parameters: { emulation, bridge } }) => [
    {
      kind: 'command',
      name: 'a guest is made, used, changed, cloned and removed',
      script: tryGuest(emulation ? 'qemu' : 'kvm', bridge),
      deadlineMs: 600_000,
    },
  ],
  remove: () => [noGuests, ...removeBridge(90), dropTinyGuest('kvm'), removeUser, stop, dropPackages('kvm')],
};

function userDemands({ user }: Parameters): readonly Demand[] {
  if (user === undefined) return [];
  return [
    {
      kind: 'script',
      name: `the user ${user}`,
      code: 'LAYER_UNMET',
      script: shell`getent passwd ${user} >/dev/null || { echo "there is no user "${user}; exit 1; }`,
    },
  ];
}

const isReady: Shell = shell`${virsh} net-info default 2>/dev/null | grep -q '^Active: *yes' && ${virsh} net-info default | grep -q '^Autostart: *yes' && ${virsh} pool-info default 2>/dev/null | grep -q '^State: *running' && ${virsh} pool-info default | grep -q '^Autostart: *yes'`;

const ready: LayerStep = {
  name: 'start the network and the storage of guests',
  does: `Start the network default (behind NAT) and the pool default (${POOL}), now and at every boot.`,
  done: isReady,
  script: shell`left=30
until ${virsh} list >/dev/null 2>&1; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { ${virsh} list; exit 1; }
  sleep 1
done
${virsh} net-info default >/dev/null 2>&1 || ${virsh} net-define /usr/share/libvirt/networks/default.xml
${virsh} net-info default | grep -q '^Active: *yes' || ${virsh} net-start default
${virsh} net-autostart default
${virsh} pool-info default >/dev/null 2>&1 || ${virsh} pool-define-as default dir --target ${POOL}
${virsh} pool-info default | grep -q '^State: *running' || { mkdir -p ${POOL} && ${virsh} pool-start default; }
${virsh} pool-autostart default`,
  deadlineMs: 120_000,
};

function addUser({ parameters: { user } }: Context): LayerStep {
  const name = 'let a user manage guests';
  const forget = shell`if [ -s ${USER_FILE} ]; then gpasswd --delete "$(cat ${USER_FILE})" ${GROUP} || :; fi
rm -f ${USER_FILE}`;
  if (user === undefined) {
    const does = `Put nobody into the group ${GROUP}.`;
    return { name, does, done: shell`[ ! -e ${USER_FILE} ]`, script: forget, deadlineMs: 60_000 };
  }
  const isIn = shell`id -nG ${user} | tr ' ' '\\n' | grep -qx ${GROUP}`;
  return {
    name,
    does: `Put ${user} into the group ${GROUP}.`,
    done: shell`${isIn} && { [ ! -e ${USER_FILE} ] || [ "$(cat ${USER_FILE})" = ${user} ]; }`,
    script: lines(
      forget,
      shell`if ! ${isIn}; then echo ${user} >${USER_FILE} && gpasswd --add ${user} ${GROUP}; fi`,
    ),
    deadlineMs: 60_000,
  };
}

const noGuests: LayerStep = {
  name: 'see that no guest is left',
  does: 'Refuse to go on while there are guests: nobody could manage them any more.',
  done: shell`! command -v virsh >/dev/null || [ -z "$(${virsh} list --all --name)" ]`,
  script: shell`echo "these guests are still there; remove them first (virsh undefine): $(${virsh} list --all --name | tr '\\n' ' ')"
exit 1`,
  deadlineMs: 60_000,
};

const removeUser: LayerStep = {
  name: 'take the user out of the group',
  does: `Take whom the layer put into the group ${GROUP} out of it.`,
  done: shell`[ ! -e ${USER_FILE} ]`,
  script: shell`if getent group ${GROUP} >/dev/null; then gpasswd --delete "$(cat ${USER_FILE})" ${GROUP} || :; fi
rm -f ${USER_FILE}`,
  deadlineMs: 60_000,
};

const stop: LayerStep = {
  name: 'stop the network of guests',
  does: 'Stop the network default, which otherwise outlives its daemon.',
  done: shell`! command -v virsh >/dev/null || ! ${virsh} net-info default 2>/dev/null | grep -q '^Active: *yes'`,
  script: shell`${virsh} net-destroy default`,
  deadlineMs: 60_000,
};
