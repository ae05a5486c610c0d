import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { aptGet } from '../packages.ts';
import { dropTinyGuest } from '../tiny-guest.ts';
import { forgetCloudArchive } from './archive.ts';
import { DATABASES, DATABASE_SETTINGS } from './controller.ts';
import { does } from './duties.ts';
import { forgetMembers } from './hosts.ts';
import type { Context } from './parameters.ts';
import { ADMIN_RC, configFile, DAEMON_DEFAULTS, STATE, staleMark } from './paths.ts';
import { packagesOf, projectsOf, unitsOf } from './services.ts';

/** Names of cards that the Linux bridge agent and nova make. */
const cards = shell`ip -o link show | cut -d : -f 2 | grep -oE '^ (brq|tap|vxlan-|ns-)[0-9a-f-]+' || true`;
const spaces = shell`ip netns list | grep -oE '^q(dhcp|router)-[0-9a-f-]+' || true`;

/** Each user and the folders that its packages leave when they are purged, because services wrote to them. */
const leavings: readonly (readonly [string, readonly string[]])[] = [
  ['keystone', ['/etc/keystone', '/var/lib/keystone', '/var/log/keystone', '/var/cache/keystone']],
  ['glance', ['/etc/glance', '/var/lib/glance', '/var/log/glance', '/var/cache/glance']],
  ['placement', ['/etc/placement', '/var/lib/placement', '/var/log/placement', '/var/cache/placement']],
  ['nova', ['/etc/nova', '/var/lib/nova', '/var/log/nova', '/var/cache/nova']],
  ['neutron', ['/etc/neutron', '/var/lib/neutron', '/var/log/neutron', '/var/cache/neutron']],
  ['mysql', ['/etc/mysql', '/var/lib/mysql', '/var/log/mysql']],
  ['rabbitmq', ['/etc/rabbitmq', '/var/lib/rabbitmq', '/var/log/rabbitmq']],
  ['memcache', []],
  ['haproxy', ['/etc/haproxy', '/var/lib/haproxy']],
  ['libvirt-qemu', ['/etc/libvirt', '/var/lib/libvirt', '/var/log/libvirt', '/var/cache/libvirt']],
  ['swtpm', ['/var/lib/swtpm-localca']],
];

function isGone(found: Shell): Shell {
  return shell`[ -z "$(${found})" ]`;
}

const destroyGuests: LayerStep = {
  name: 'end the guests',
  does: 'Turn the servers on this machine off, and forget them.',
  done: shell`! command -v virsh >/dev/null || [ -z "$(virsh -q list --all --name 2>/dev/null | grep '^instance-')" ]`,
  script: shell`for guest in $(virsh -q list --all --name | grep '^instance-'); do
  virsh -q destroy "$guest" || true
  virsh -q undefine --nvram --managed-save --snapshots-metadata "$guest"
done`,
  deadlineMs: 300_000,
};

/** Only those that came with us: an iptables rule, a card and a name space of neutron tell by their names whose they are. */
function removeNetworks(context: Context): LayerStep {
  const units = [...unitsOf(context, 'neutron'), ...(does(context, 'compute') ? ['nova-compute'] : [])];
  const hasRules = shell`! command -v iptables-save >/dev/null || ! iptables-save | grep -q neutron-`;
  return {
    name: 'remove the networks',
    does: 'Stop the agents, and remove bridges, cards, name spaces and rules that they made.',
    done: shell`${isGone(cards)} && ${isGone(spaces)} && { ${hasRules}; }`,
    script: lines(
      shell`for unit in ${units}; do systemctl stop "$unit" 2>/dev/null || true; done`,
      shell`for space in $(${spaces}); do
  ip netns pids "$space" | xargs -r kill 2>/dev/null || true
  ip netns delete "$space"
done`,
      shell`for card in $(${cards}); do ip link delete "$card" 2>/dev/null || true; done`,
      shell`for family in iptables ip6tables; do
  command -v "$family-save" >/dev/null || continue
  "$family-save" | grep -v neutron- | "$family-restore"
done`,
      shell`if command -v nft >/dev/null; then
  for table in $(nft list tables bridge 2>/dev/null | cut -d ' ' -f 3); do
    if nft list table bridge "$table" | grep -q neutron; then nft delete table bridge "$table"; fi
  done
fi`,
      shell`if command -v ipset >/dev/null; then
  for set in $(ipset list -name 2>/dev/null | grep -E '^N(IPv[46])'); do ipset destroy "$set"; done
fi`,
    ),
    deadlineMs: 300_000,
  };
}

/** Where somebody else brought MariaDB and RabbitMQ, ours is taken out of them. */
const emptyOthers: LayerStep = {
  name: 'take ours out of MariaDB and RabbitMQ',
  does: `Drop ${DATABASES.join(', ')} and the user openstack, where the servers themselves stay.`,
  done: shell`! grep -qxF 'package mariadb-server' ${STATE}/before 2>/dev/null && ! grep -qxF 'package rabbitmq-server' ${STATE}/before 2>/dev/null`,
  script: lines(
    shell`if grep -qxF 'package mariadb-server' ${STATE}/before; then
  printf '%s\\n' ${[...DATABASES.map((name) => `DROP DATABASE IF EXISTS ${name};`), 'DROP USER IF EXISTS openstack@localhost;'].join('\n')} | mariadb
fi`,
    shell`if grep -qxF 'package rabbitmq-server' ${STATE}/before && rabbitmqctl -q list_users | grep -q '^openstack'; then rabbitmqctl -q delete_user openstack; fi`,
  ),
  deadlineMs: 300_000,
};

function purge(context: Context): LayerStep {
  const packages = packagesOf(context);
  // Without the list, which is removed last, all has been done before.
  const ours = shell`for name in ${packages}; do
  if dpkg-query -W "$name" >/dev/null 2>&1 && ! grep -qxF "package $name" ${STATE}/before; then echo "$name"; fi
done`;
  return {
    name: 'purge the packages',
    does: `Remove those of ${packages.join(', ')} that were not there before, with what came along with them.`,
    done: shell`[ ! -e ${STATE}/before ] || [ -z "$(${ours})" ]`,
    script: lines(
      // Of services that are only stopped by the removal, some would be restarted meanwhile by others that are removed.
      shell`for unit in ${unitsOf(context, ...projectsOf(context))}; do systemctl stop "$unit" 2>/dev/null || true; done`,
      shell`purged=$(${ours})`,
      shell`# shellcheck disable=SC2086 # Names of packages, one a word.
${aptGet(undefined, '--autoremove', 'purge')} $purged`,
    ),
    deadlineMs: 1_200_000,
  };
}

function removeLeavings(context: Context): LayerStep {
  const projects = projectsOf(context).filter((project) => project !== 'base');
  const files = [
    ADMIN_RC,
    DAEMON_DEFAULTS,
    DATABASE_SETTINGS,
    ...projects.map((project) => configFile(project)),
    ...projectsOf(context).map((project) => staleMark(project)),
  ];
  const each = leavings.map(
    ([user, folders]) => shell`if ! grep -qxF ${`user ${user}`} ${STATE}/before; then
  rm -rf ${folders.length > 0 ? folders : [`${STATE}/none`]}
  if getent passwd ${user} >/dev/null; then userdel ${user} 2>/dev/null || true; fi
  if getent group ${user} >/dev/null; then groupdel ${user} 2>/dev/null || true; fi
fi`,
  );
  return {
    name: 'remove what is left',
    does: 'Remove settings, data, logs and users of services that were not there before.',
    done: shell`[ ! -e ${STATE} ] && [ ! -e ${ADMIN_RC} ] && [ ! -e ${DAEMON_DEFAULTS} ]`,
    script: lines(
      shell`if [ -e ${STATE}/before ]; then
${lines(...each)}
fi`,
      shell`rm -f ${files}`,
      shell`systemctl daemon-reload`,
      shell`rm -rf ${STATE}`,
    ),
    deadlineMs: 300_000,
  };
}

export function removal(context: Context): readonly LayerStep[] {
  const isController = does(context, 'control');
  return [
    ...(does(context, 'compute') ? [destroyGuests] : []),
    removeNetworks(context),
    ...(isController ? [emptyOthers] : []),
    purge(context),
    ...(isController ? [dropTinyGuest('openstack')] : []),
    forgetMembers,
    forgetCloudArchive,
    removeLeavings(context),
  ];
}
