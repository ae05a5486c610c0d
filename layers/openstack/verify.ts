import { shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { tinyGuest } from '../parts/tiny-guest.ts';
import { does, hasVolumes } from './duties.ts';
import type { Context, Networks } from './parameters.ts';
import { ADMIN_RC, STATE } from './paths.ts';
import { verifyDashboard } from './verify-dashboard.ts';
import { sweepVolumes, useVolume } from './verify-volume.ts';

const NAME = 'rackwright-verify';
/** RFC 5737, TEST-NET-2: no network of anybody. */
const RANGE = '198.51.100.0/24';

/**
 * All that a run makes has one name, so that one that was cut off is swept up by the next. In one process: the
 * command-line client takes a second of the processor for each word.
 */
const sweepScript = (context: Context) => `import sys

import openstack

name = sys.argv[1]
cloud = openstack.connect()
for server in cloud.compute.servers(all_projects=True, name="^" + name):
    print("removing server", server.id, flush=True)
    cloud.compute.delete_server(server)
    cloud.compute.wait_for_delete(server, interval=2, wait=240)
${sweepVolumes(context)}for kind, things, remove in [
    ("network", cloud.network.networks(name=name), cloud.network.delete_network),
    ("security group", cloud.network.security_groups(name=name), cloud.network.delete_security_group),
    ("flavor", cloud.compute.flavors(), cloud.compute.delete_flavor),
    ("image", cloud.image.images(), cloud.image.delete_image),
]:
    for thing in things:
        if thing.name and thing.name.startswith(name):
            print("removing", kind, thing.id, flush=True)
            remove(thing)
`;

const sweep = (context: Context) => shell`sweep() {
  printf %s ${sweepScript(context)} | python3 - ${NAME}
  rm -rf ${STATE}/verify
}`;

/** Until it holds, at most so often; then what was seen last. */
const await_ = shell`await_() {
  what=$1 left=$2 wanted=$3
  shift 3
  until seen=$("$@" 2>&1) && printf '%s\\n' "$seen" | grep -q "$wanted"; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then echo "$what: no $wanted; last seen:"; printf '%s\\n' "$seen" | tail -n 20; exit 1; fi
    sleep 2
  done
  echo "$what: $wanted"
}`;

/** A line of the list, by its beginning and its end. */
const agents: Readonly<Record<Networks, string>> = {
  linuxbridge: "'^Linux bridge agent.*True'",
  ovs: "'^Open vSwitch agent.*True'",
  // The network machine's is a gateway's.
  ovn: "'^OVN Controller.*True'",
};

/** Where the network is another machine's work, nothing here is on the guest's network: its console has to do. */
function reach(context: Context) {
  if (context.parameters.networks === 'ovn')
    return shell`echo "OVN gives the address beside the guest: that it came over the network is what its console shows"`;
  return does(context, 'network')
    ? shell`echo "asking the guest over its network"
await_ 'the guest over its network' 30 ${NAME} ip netns exec "qdhcp-$network" curl -s --max-time 5 "http://$address/"`
    : shell`echo "the network is another machine's: that the guest got its address over it is what its console shows"`;
}

export function verifications(context: Context): readonly Verification[] {
  if (context.role !== 'controller') return [];
  const types = [
    'identity',
    'image',
    'placement',
    'compute',
    'network',
    ...(hasVolumes(context) ? ['volumev3'] : []),
  ];
  const computes = context.members.filter(({ role }) => role === 'compute');
  return [
    {
      kind: 'command',
      name: 'a server runs, and is reached over a network',
      script: shell`. ${ADMIN_RC}
${sweep(context)}
${await_}
echo "sweeping up what a run before may have left"
sweep
trap 'sweep' EXIT
echo "endpoints:"
openstack endpoint list --interface public -f value -c 'Service Type' -c URL
for type in ${types}; do
  urls=$(openstack endpoint list --service "$type" -f value -c URL)
  [ -n "$urls" ] || { echo "$type has no endpoint"; exit 1; }
  if printf '%s\\n' "$urls" | grep -v '^https:'; then echo "$type is spoken to without TLS"; exit 1; fi
done
echo "waiting for the other machines"
runuser -u nova -- nova-manage cell_v2 discover_hosts >/dev/null
await_ hypervisors 45 ${`^${computes.length}$`} sh -c 'openstack hypervisor list -f value -c State | grep -c up'
await_ 'agents of the network' 45 ${`^${computes.length + 1}$`} sh -c ${`openstack network agent list -f value -c 'Agent Type' -c Alive | grep -c ${agents[context.parameters.networks]}`}

echo "an image"
mkdir -p ${STATE}/verify
truncate -s 1M ${STATE}/verify/disk
kernel=$(openstack image create --disk-format aki --container-format aki --file ${tinyGuest.kernel} ${`${NAME}-kernel`} -f value -c id)
ramdisk=$(openstack image create --disk-format ari --container-format ari --file ${tinyGuest.initrd} ${`${NAME}-ramdisk`} -f value -c id)
image=$(openstack image create --disk-format raw --container-format bare --file ${STATE}/verify/disk --property kernel_id="$kernel" --property ramdisk_id="$ramdisk" --property os_command_line=${`console=ttyS0 quiet panic=5 guest.name=${NAME}`} ${NAME} -f value -c id)
openstack flavor create --ram ${tinyGuest.memoryMiB} --disk 1 --vcpus 1 ${NAME} -f value -c id >/dev/null

echo "a network"
network=$(openstack network create ${NAME} -f value -c id)
openstack subnet create --network "$network" --subnet-range ${RANGE} --gateway none ${NAME} -f value -c id >/dev/null
group=$(openstack security group create ${NAME} -f value -c id)
openstack security group rule create --ingress --protocol tcp --dst-port 80 "$group" -f value -c id >/dev/null

echo "a server"
server=$(openstack server create --image "$image" --flavor ${NAME} --nic net-id="$network" --security-group "$group" ${NAME} -f value -c id)
await_ 'the server' 150 '^ACTIVE$\\|^ERROR$' openstack server show "$server" -f value -c status
if [ "$seen" = ERROR ]; then openstack server show "$server" -f value -c fault; exit 1; fi
openstack server show "$server" -f value -c addresses -c OS-EXT-SRV-ATTR:host
address=$(openstack port list --server "$server" -f value -c 'Fixed IP Addresses' | sed -n "s/.*'ip_address': '\\([0-9.]*\\)'.*/\\1/p")
await_ 'the console of the guest' 120 'guest is ready' openstack console log show "$server"
printf '%s\\n' "$seen" | grep 'guest is ready'
printf '%s\\n' "$seen" | grep -qF "guest is ready $address" || { echo "the guest has another address than $address"; exit 1; }
${reach(context)}
${useVolume(context, NAME)}
echo "removing all of it"
trap - EXIT
sweep`,
      deadlineMs: 1_200_000,
    },
    verifyDashboard(context),
  ];
}
