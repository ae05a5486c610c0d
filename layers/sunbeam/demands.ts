import { type Shell, shell } from '../../remote/index.ts';
import { memoryDemand, reachDemand, roomDemand } from '../parts/demands.ts';
import { diskFault } from '../parts/empty-disk.ts';
import type { Demand } from '../layer.ts';
import { cloudRefusal } from './manifest.ts';
import type { Context } from './parameters.ts';
import { duties, isFirst, STATE } from './places.ts';

/** Upstream's page "Enterprise requirements", for one machine; sunbeam itself warns below 4 processors and 16 GiB. */
const CORES = 4;
const MEMORY_MIB = 16_384;
const ROOM_MIB = 102_400;

function unmet(name: string, script: Shell): Demand {
  return { kind: 'script', name, code: 'LAYER_UNMET', script };
}

export function demandsOf(context: Context): readonly Demand[] {
  const refusal = cloudRefusal(context);
  if (refusal !== undefined) return [unmet('what the cloud needs', shell`echo ${refusal}; exit 1`)];
  return [
    ...sizeDemands(context),
    ...nameDemands(context),
    ...strangerDemands(context),
    ...diskDemands(context),
    ...cardDemands(context),
    reachDemand('https://api.snapcraft.io/', context.packageProxy),
    reachDemand('https://api.charmhub.io/', context.packageProxy),
  ];
}

function sizeDemands({ parameters: { undersized } }: Context): readonly Demand[] {
  if (undersized) return [];
  return [
    {
      kind: 'script',
      name: `${CORES} processors`,
      code: 'MACHINE_TOO_SMALL',
      script: shell`has=$(nproc)
[ "$has" -ge ${CORES} ] || { echo "it has $has processors, and "${`${CORES} are needed: undersized=true on your own account`}; exit 1; }`,
    },
    memoryDemand(MEMORY_MIB),
    roomDemand('/var', ROOM_MIB),
  ];
}

/** As Sunbeam looks: it takes the name from the resolver, as libvirt does, and wants a dot in it (utils.py, get_fqdn). */
function nameDemands({ address, parameters: { domain } }: Context): readonly Demand[] {
  return [
    unmet(
      `the address ${address} is the machine's own`,
      shell`ip -o -4 address show | grep -qF ${` ${address}/`} || { echo "no card has "${address}; exit 1; }`,
    ),
    ...(domain === undefined
      ? [
          unmet(
            'a full name',
            shell`name=$(hostname)
case $name in *.*) ;; *) name=$(getent ahosts "$name" | awk 'NR == 1 { print $3 }') ;; esac
case $name in *.*) ;; *) echo "it is called \${name:-nothing}, and Sunbeam wants a name with a domain: domain=NAME gives it one"; exit 1 ;; esac
case $name in *[!a-z0-9.-]*) echo "it is called $name, and only small letters, digits and - will do"; exit 1 ;; esac`,
          ),
        ]
      : [
          unmet(
            'a name that may have a domain',
            shell`case $(hostname) in *.*) echo "it is called $(hostname), which has a domain already: leave the parameter domain out"; exit 1 ;; *[!a-z0-9-]*) echo "it is called $(hostname), and only small letters, digits and - will do"; exit 1 ;; esac`,
          ),
        ]),
  ];
}

function strangerDemands(context: Context): readonly Demand[] {
  return [
    {
      kind: 'script',
      name: 'no Sunbeam of somebody else',
      code: 'LAYER_CONFLICT',
      script: shell`[ -e ${STATE}/noted ] || ! snap list openstack >/dev/null 2>&1 || { echo 'the snap openstack is there already, which is not ours'; exit 1; }`,
    },
    ...(isFirst(context)
      ? [
          {
            kind: 'script' as const,
            name: 'no bridge lxdbr0',
            code: 'LAYER_CONFLICT' as const,
            script: shell`[ -e ${STATE}/prepared ] || [ ! -e /sys/class/net/lxdbr0 ] || { echo "LXD has a bridge lxdbr0 here, beside which upstream's script does not go on"; exit 1; }`,
          },
        ]
      : []),
  ];
}

/** Until Sunbeam was begun: then they are Ceph's. */
function diskDemands({ role, parameters }: Context): readonly Demand[] {
  if (parameters.osdDevices === undefined || !duties(role, parameters).includes('storage')) return [];
  return parameters.osdDevices.split(',').map((device) =>
    unmet(
      `${device}, an empty disk`,
      shell`[ ! -e ${STATE}/begun ] || exit 0
${diskFault}
why=$(disk_fault ${device})
[ -z "$why" ] || { echo "$why"; exit 1; }`,
    ),
  );
}

function cardDemands({ role, parameters }: Context): readonly Demand[] {
  const { externalInterface } = parameters;
  const isOutside = duties(role, parameters).some((duty) => duty === 'compute' || duty === 'network');
  if (externalInterface === undefined || !isOutside) return [];
  return [
    unmet(
      `the card ${externalInterface}, without an address`,
      shell`[ ! -e ${STATE}/begun ] || exit 0
[ -e ${`/sys/class/net/${externalInterface}`} ] || { echo ${`it has no card ${externalInterface}`}; exit 1; }
has=$(ip -o -4 address show dev ${externalInterface} | awk '{ print $4 }')
[ -z "$has" ] || { echo ${externalInterface}" has the address $has, which it would lose"; exit 1; }`,
    ),
  ];
}
