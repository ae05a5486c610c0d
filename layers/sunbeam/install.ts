import { lines, type Shell, shell } from '../../remote/index.ts';
import { noteUnless } from '../parts/brought.ts';
import type { LayerStep } from '../layer.ts';
import { LOGIN_USER } from '../parts/login-user.ts';
import { helper, onMachines } from './helper.ts';
import type { Context } from './parameters.ts';
import { firstOf, STATE } from './places.ts';

/** What Sunbeam brings, by upstream's name. Those that were there before stay. */
export const SNAPS_BEFORE = `${STATE}/snaps-before`;

export const noteWhatIsThere: LayerStep = {
  name: 'note what is there',
  does: 'Keep in mind which snaps there are, and whether somebody used Juju here.',
  done: shell`[ -e ${STATE}/noted ]`,
  script: lines(
    shell`mkdir -p ${STATE}`,
    shell`snap list 2>/dev/null | awk 'NR > 1 { print $1 }' >${SNAPS_BEFORE}`,
    noteUnless('sunbeam', 'agents', shell`[ -e /var/lib/juju ]`),
    noteUnless(
      'sunbeam',
      'own-key',
      shell`[ -e "$(getent passwd ${LOGIN_USER} | cut -d : -f 6)/.ssh/id_ed25519" ]`,
    ),
    noteUnless(
      'sunbeam',
      'juju-data',
      shell`[ -e "$(getent passwd ${LOGIN_USER} | cut -d : -f 6)/.local/share/juju" ]`,
    ),
    shell`: >${STATE}/noted`,
  ),
  deadlineMs: 60_000,
};

export function hasSnap({ parameters: { channel } }: Context): Shell {
  return shell`[ "$(snap list openstack 2>/dev/null | awk 'NR == 2 { print $4 }')" = ${channel} ]`;
}

/** Another track is an upgrade of the whole cloud, which upstream has a command of its own for. */
export function installSnap(context: Context): LayerStep {
  const { channel } = context.parameters;
  return {
    name: 'install the snap',
    does: `Install the snap openstack from ${channel}.`,
    done: hasSnap(context),
    script: lines(
      shell`systemctl start snapd.socket`,
      shell`snap wait system seed.loaded`,
      shell`if [ -e ${STATE}/begun ]; then echo ${`a cloud of another channel is here: sunbeam cluster refresh upgrades it, and then snap refresh openstack --channel=${channel}`}; exit 1; fi`,
      shell`if snap list openstack >/dev/null 2>&1; then snap refresh openstack --channel=${channel}; else snap install openstack --channel=${channel}; fi`,
    ),
    deadlineMs: 1_800_000,
  };
}

/** One after the other, from the first machine: by then all of them have the snap. */
export function prepareMachines(context: Context): readonly LayerStep[] {
  const first = firstOf(context);
  return context.members.map(({ name, address }) => ({
    name: `prepare ${name}`,
    does:
      address === first.address
        ? `Run upstream's script on ${name}, which brings Juju, LXD and a first controller in it.`
        : `Run upstream's script on ${name}, which brings Juju.`,
    done: shell`${onMachines}
on ${address} sudo test -e ${STATE}/prepared`,
    script: lines(
      onMachines,
      helper(address, 'prepare', ...(address === first.address ? ['--bootstrap'] : [])),
    ),
    deadlineMs: 3_600_000,
  }));
}
