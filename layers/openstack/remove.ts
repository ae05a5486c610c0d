import { lines, type Shell, shell } from '../../remote/index.ts';
import { forgetNames } from '../parts/hosts-block.ts';
import type { LayerStep } from '../layer.ts';
import { dropPackages } from '../parts/own-packages.ts';
import { isInstalled } from '../parts/packages.ts';
import { dropTinyGuest } from '../parts/tiny-guest.ts';
import { forgetCloudArchive } from './archive.ts';
import { DATABASES, DATABASE_SETTINGS } from './controller.ts';
import { settingsFile } from './dashboard.ts';
import { does } from './duties.ts';
import { dropFolders } from './folders.ts';
import type { Context } from './parameters.ts';
import { dropSwitches } from './switches.ts';
import { dropVolumeDatabase } from './volume-database.ts';
import { dropVolumeGroup } from './volume-group.ts';
import {
  ADMIN_RC,
  configFile,
  DAEMON_DEFAULTS,
  STATE,
  staleMark,
  TLS_FOLDER,
  USERS_BEFORE,
} from './paths.ts';
import { projectsOf, unitsOf } from './services.ts';
import { stopServing } from './site-step.ts';

/** Names of cards that the Linux bridge agent and nova make. */
const cards = shell`ip -o link show | cut -d : -f 2 | grep -oE '^ (brq|tap|vxlan-|ns-)[0-9a-f-]+' || true`;
const spaces = shell`ip netns list | grep -oE '^q(dhcp|router)-[0-9a-f-]+' || true`;

/** Package, user, and the folders that stay when it is purged, because its service wrote to them. */
const leavings: readonly (readonly [string, string, readonly string[]])[] = [
  ['keystone', 'keystone', foldersOf('keystone')],
  ['glance-common', 'glance', foldersOf('glance')],
  ['placement-common', 'placement', foldersOf('placement')],
  ['nova-common', 'nova', foldersOf('nova')],
  ['neutron-common', 'neutron', foldersOf('neutron')],
  ['cinder-common', 'cinder', foldersOf('cinder')],
  ['mariadb-server', 'mysql', foldersOf('mysql')],
  ['rabbitmq-server', 'rabbitmq', foldersOf('rabbitmq')],
  ['erlang-base', 'epmd', []],
  ['memcached', 'memcache', []],
  ['openstack-dashboard', 'horizon', ['/var/lib/openstack-dashboard', '/usr/share/openstack-dashboard']],
  ['dnsmasq-base', 'dnsmasq', ['/var/lib/misc/dnsmasq.leases']],
  ['radvd', 'radvd', []],
  ['polkitd', 'polkitd', ['/etc/polkit-1']],
  ['open-iscsi', 'open-iscsi', ['/etc/iscsi', '/var/lib/iscsi']],
  ['dbconfig-common', 'dbconfig-common', ['/var/log/dbconfig-common', '/etc/dbconfig-common']],
  ['os-brick-common', 'os-brick', ['/etc/os-brick']],
  ['haproxy', 'haproxy', foldersOf('haproxy')],
  ['libvirt-daemon-system', 'libvirt-qemu', foldersOf('libvirt')],
  ['libvirt-daemon-system', 'libvirt-dnsmasq', []],
  ['libvirt-daemon-system', 'libvirt', []],
  ['swtpm', 'swtpm', ['/var/lib/swtpm-localca']],
];

function foldersOf(name: string): readonly string[] {
  return ['/etc', '/var/lib', '/var/log', '/var/cache'].map((folder) => `${folder}/${name}`);
}

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

const hasNoRules = shell`! command -v iptables-save >/dev/null || ! iptables-save | grep -q neutron-`;

/** A rule, a card and a name space of neutron tell by their names whose they are. */
const removeNetworks: LayerStep = {
  name: 'remove the networks',
  does: 'Remove bridges, cards, name spaces and rules that the agents made.',
  done: shell`${isGone(cards)} && ${isGone(spaces)} && { ${hasNoRules}; }`,
  script: lines(
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

const openstackUser = shell`mariadb -N -e ${"SELECT COUNT(*) FROM mysql.user WHERE user = 'openstack'"}`;
const dropDatabases = [
  ...DATABASES.map((name) => `DROP DATABASE IF EXISTS ${name};`),
  'DROP USER IF EXISTS openstack@localhost;',
].join('\n');

/** Where MariaDB and RabbitMQ are others' too, ours is taken out of them. */
const emptyOthers: LayerStep = {
  name: 'take ours out of MariaDB and RabbitMQ',
  does: `Drop ${DATABASES.join(', ')} and the user openstack, where the servers themselves stay.`,
  done: shell`{ ! { ${isInstalled('mariadb-server')}; } || [ "$(${openstackUser})" = 0 ]; } && { ! { ${isInstalled('rabbitmq-server')}; } || ! rabbitmqctl -q list_users | grep -q '^openstack'; }`,
  script: lines(
    shell`if ${isInstalled('mariadb-server')}; then printf '%s\n' ${dropDatabases} | mariadb; ${dropVolumeDatabase}; fi`,
    shell`if ${isInstalled('rabbitmq-server')} && rabbitmqctl -q list_users | grep -q '^openstack'; then rabbitmqctl -q delete_user openstack; fi`,
  ),
  deadlineMs: 300_000,
};

/** Stopped first: a service that is only stopped by its own removal sees others go before it. */
function stopServices(context: Context): readonly LayerStep[] {
  const units = unitsOf(context, ...projectsOf(context).filter((project) => project !== 'base'));
  // By OVN a network machine has none.
  if (units.length === 0) return [];
  return [
    {
      name: 'stop the services',
      does: `Stop ${units.join(', ')}.`,
      done: shell`! systemctl --quiet is-active ${units}`,
      script: lines(...units.map((unit) => shell`systemctl stop ${unit} 2>/dev/null || true`)),
      deadlineMs: 300_000,
    },
  ];
}

function removeLeavings(context: Context): LayerStep {
  const projects = projectsOf(context).filter((project) => project !== 'base');
  const files = [
    ADMIN_RC,
    DAEMON_DEFAULTS,
    DATABASE_SETTINGS,
    settingsFile(context),
    ...projects.map((project) => configFile(project)),
    ...projectsOf(context).map((project) => staleMark(project)),
  ];
  const each = leavings.map(
    ([
      name,
      user,
      folders,
    ]) => shell`if ! { ${isInstalled(name)}; } && ! grep -qxF ${user} ${USERS_BEFORE}; then
  ${folders.length > 0 ? shell`rm -rf ${folders}` : shell`:`}
  # Of a daemon that D-Bus started, and nobody ended: its user could not go.
  ps -o pid= -U ${user} 2>/dev/null | xargs -r kill 2>/dev/null || true
  left=20
  while [ "$left" -gt 0 ] && [ -n "$(ps -o pid= -U ${user} 2>/dev/null)" ]; do left=$((left - 1)); sleep 0.5; done
  if getent passwd ${user} >/dev/null; then userdel ${user} 2>/dev/null || true; fi
  if getent group ${user} >/dev/null; then groupdel ${user} 2>/dev/null || true; fi
fi`,
  );
  return {
    name: 'remove what is left',
    does: 'Remove settings, data, logs and users of services that were not there before.',
    done: shell`[ ! -e ${STATE} ] && [ ! -e ${ADMIN_RC} ] && [ ! -e ${DAEMON_DEFAULTS} ] && [ ! -e ${TLS_FOLDER} ]`,
    script: lines(
      shell`if [ -e ${USERS_BEFORE} ]; then
${lines(...each)}
fi`,
      dropFolders,
      shell`rm -f ${files}`,
      shell`rm -rf ${TLS_FOLDER}`,
      shell`rmdir /etc/rackwright/tls /etc/rackwright 2>/dev/null || true`,
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
    ...(isController ? [stopServing] : []),
    ...stopServices(context),
    removeNetworks,
    ...(does(context, 'network', 'compute') ? [dropSwitches] : []),
    ...(does(context, 'storage') ? [dropVolumeGroup] : []),
    dropPackages('openstack'),
    ...(isController ? [emptyOthers, dropTinyGuest('openstack')] : []),
    forgetNames('openstack'),
    forgetCloudArchive,
    removeLeavings(context),
  ];
}
