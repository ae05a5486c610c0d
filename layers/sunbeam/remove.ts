import { lines, type Shell, shell } from '../../remote/index.ts';
import { broughtFile } from '../parts/brought.ts';
import { forgetNames } from '../parts/hosts-block.ts';
import { forgetHosts } from '../parts/known-hosts.ts';
import type { LayerStep } from '../layer.ts';
import { closeLogin, LOGIN_USER } from '../parts/login-user.ts';
import { dropPackages } from '../parts/own-packages.ts';
import { dropKey } from '../parts/shared-key.ts';
import { JOINED } from './cloud.ts';
import { HELPER, MANIFEST, onMachines } from './helper.ts';
import { SNAPS_BEFORE } from './install.ts';
import type { Context } from './parameters.ts';
import { firstOf, isFirst, KEY, STATE } from './places.ts';

const ENDED = `${STATE}/ended`;
/** Those that use others come first. */
const SNAPS = [
  'openstack-hypervisor',
  'openstack-network-agents',
  'cinder-volume',
  'epa-orchestrator',
  'microovn',
  'microceph',
  'k8s',
  'openstack',
  'juju',
  'lxd',
];
const AGENTS_CAME = broughtFile('sunbeam', 'agents');
const DATA_CAME = broughtFile('sunbeam', 'juju-data');
const OWN_KEY_CAME = broughtFile('sunbeam', 'own-key');
const home: Shell = shell`home=$(getent passwd ${LOGIN_USER} | cut -d : -f 6)`;

/** Upstream has no command that ends a cloud: each machine is cleared for itself, and the first one says when. */
const endCloud: LayerStep = {
  name: 'end the cloud',
  does: 'Tell the other machines that the cloud is over: they may be cleared now.',
  done: shell`[ ! -e ${STATE}/begun ] || [ -e ${ENDED} ]`,
  script: lines(
    onMachines,
    shell`for file in ${JOINED}/*; do
  [ -e "$file" ] || continue
  member=$(basename "$file")
  on "$member" sudo touch ${ENDED} || { echo "$member does not answer, and is left as it is: $(cat "$file")"; continue; }
  echo "$(cat "$file") may be cleared"
done`,
    shell`: >${ENDED}`,
  ),
  deadlineMs: 600_000,
};

/** A machine of a cloud that goes on holds parts of it, and maybe data. */
function demandEnd(context: Context): LayerStep {
  const first = firstOf(context).name;
  return {
    name: 'see that the cloud is over',
    does: 'Refuse as long as this machine is part of a cloud that goes on.',
    done: shell`[ ! -e ${STATE}/begun ] || [ -e ${ENDED} ]`,
    script: shell`echo ${`this machine is part of the cloud of ${first}: take the layer away from ${first} first, which ends the cloud; or have ${first} let go of this one alone (docs/layers/sunbeam.md)`}; exit 1`,
    deadlineMs: 60_000,
  };
}

/** What upstream's machines are cleared of by hand. What Ceph wrote on its disks stays on them. */
const purge: LayerStep = {
  name: 'remove what Sunbeam brought',
  does: `End Juju's services, remove the snaps that came (${SNAPS.join(', ')}), and what they left at home.`,
  done: shell`[ ! -e ${STATE}/noted ]`,
  script: lines(
    shell`if [ -e ${AGENTS_CAME} ]; then
  [ ! -x /usr/sbin/remove-juju-services ] || /usr/sbin/remove-juju-services
  rm -rf /var/lib/juju /var/log/juju /usr/sbin/remove-juju-services
  rm -f ${AGENTS_CAME}
fi`,
    shell`for snap in ${SNAPS}; do
  if snap list "$snap" >/dev/null 2>&1 && ! grep -qx "$snap" ${SNAPS_BEFORE}; then
    echo "removing the snap $snap"
    snap remove --purge "$snap"
  fi
done`,
    home,
    shell`if [ -n "$home" ]; then
  for snap in ${SNAPS}; do
    grep -qx "$snap" ${SNAPS_BEFORE} || rm -rf "$home/snap/$snap"
  done
  rmdir "$home/snap" 2>/dev/null || :
  rm -rf "$home/.local/share/openstack"
  rm -f "$home/"${MANIFEST} "$home/rackwright-demo-openrc" "$home/rackwright-sunbeam.lock" "$home/.rackwright-sunbeam-token" "$home/.rackwright-sunbeam-token.new"
  [ ! -e ${DATA_CAME} ] || rm -rf "$home/.local/share/juju"
  if [ -e ${OWN_KEY_CAME} ] && [ -e "$home/.ssh/id_ed25519.pub" ]; then
    grep -vxFf "$home/.ssh/id_ed25519.pub" "$home/.ssh/authorized_keys" >"$home/.ssh/authorized_keys.new" || :
    chown ${LOGIN_USER}: "$home/.ssh/authorized_keys.new"
    chmod 0600 "$home/.ssh/authorized_keys.new"
    mv "$home/.ssh/authorized_keys.new" "$home/.ssh/authorized_keys"
    rm -f "$home/.ssh/id_ed25519" "$home/.ssh/id_ed25519.pub"
  fi
fi`,
    shell`rm -f ${[DATA_CAME, OWN_KEY_CAME, `${STATE}/noted`]}`,
  ),
  deadlineMs: 3_600_000,
};

const tidy: LayerStep = {
  name: 'remove its notes',
  does: 'Remove the key, the helper, and the notes of what was made and brought.',
  done: shell`[ ! -e ${STATE} ] && [ ! -e ${broughtFile('sunbeam', '')} ] && [ ! -e ${HELPER} ]`,
  script: lines(
    dropKey(KEY),
    forgetHosts('sunbeam'),
    shell`rm -rf ${[STATE, broughtFile('sunbeam', ''), HELPER]}`,
  ),
  deadlineMs: 60_000,
};

export function removal(context: Context): readonly LayerStep[] {
  return [
    isFirst(context) ? endCloud : demandEnd(context),
    purge,
    closeLogin('sunbeam'),
    ...(context.parameters.domain === undefined ? [] : [forgetNames('sunbeam')]),
    dropPackages('sunbeam'),
    tidy,
  ];
}
