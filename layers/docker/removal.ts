import { lines, shell } from '../../remote/index.ts';
import { broughtFile, noteUnless } from '../parts/brought.ts';
import type { LayerStep } from '../layer.ts';

const BROUGHT = shell`[ -e ${broughtFile('docker', 'engine')} ]`;
/** Of containers and of named volumes: each is a folder, and the engine need not run to count them. */
const HOLDINGS = shell`find /var/lib/docker/containers /var/lib/docker/volumes -mindepth 1 -maxdepth 1 -type d 2>/dev/null`;
const GROUP = broughtFile('docker', 'group');
const FORWARD = broughtFile('docker', 'forward-accept');
const USER = broughtFile('docker', 'user');

const NOTED = broughtFile('docker', 'noted');

/** Before the packages come: what was there already is not taken away with them. */
export const noteSurroundings: LayerStep = {
  name: 'note what is there',
  does: 'Keep in mind what of Docker is there already.',
  done: shell`[ -e ${NOTED} ]`,
  script: lines(
    noteUnless('docker', 'engine', shell`command -v dockerd >/dev/null`),
    noteUnless('docker', 'group', shell`getent group docker >/dev/null`),
    // The engine sets it to DROP when it switches forwarding on.
    noteUnless(
      'docker',
      'forward-accept',
      shell`iptables -S FORWARD 2>/dev/null | grep -qx -e '-P FORWARD DROP'`,
    ),
    shell`: >${NOTED}`,
  ),
  deadlineMs: 60_000,
};

/** Whom an earlier request named, and this one does not, leaves the group; who was in it by himself stays. */
export function letUse(user: string | undefined): LayerStep {
  const isIn = user === undefined ? shell`:` : shell`id -nG ${user} | tr ' ' '\\n' | grep -qx docker`;
  const name = user ?? '';
  return {
    name: 'let a user use it',
    does: `Put ${user ?? 'nobody'} into the group docker, which is as good as root.`,
    done: shell`${isIn} && ! grep -qsvxF -e ${name} ${USER}`,
    script: lines(
      shell`if [ -e ${USER} ]; then
  while read -r one; do [ "$one" = ${name} ] || gpasswd --delete "$one" docker || :; done <${USER}
  grep -xF -e ${name} ${USER} >${USER}.new || :
  mv ${USER}.new ${USER}
fi`,
      ...(user === undefined
        ? []
        : [shell`if ! { ${isIn}; }; then echo ${user} >>${USER} && usermod -aG docker ${user}; fi`]),
    ),
    deadlineMs: 60_000,
  };
}

/** Containers and volumes may be all that somebody has. */
export const refuseWithContainers: LayerStep = {
  name: 'see that nothing is in use',
  does: 'Refuse while there are containers or volumes, as they would be gone.',
  done: shell`! ${BROUGHT} || [ -z "$(${HOLDINGS})" ]`,
  script: lines(
    shell`docker ps -a --format '{{.Names}} ({{.Image}}, {{.Status}})' || true`,
    shell`docker volume ls -q || true`,
    shell`echo 'These containers and volumes would be gone: remove them first, then ask again.'`,
    shell`exit 1`,
  ),
  deadlineMs: 60_000,
};

export const stopEngine: LayerStep = {
  name: 'stop the engine',
  does: 'Stop it, and take down its bridge and its rules for packets.',
  done: shell`! ${BROUGHT} || { [ ! -e /sys/class/net/docker0 ] && ! systemctl --quiet is-active docker.socket docker containerd; }`,
  script: lines(
    shell`for unit in docker.socket docker containerd; do ! systemctl --quiet is-active $unit || systemctl stop $unit; done`,
    shell`for tool in iptables ip6tables; do
  command -v $tool >/dev/null || continue
  for table in filter nat; do
    $tool -t $table -S 2>/dev/null | grep -E -e '^-A .*(docker0|DOCKER)' | sed 's/^-A/-D/' |
      while read -r rule; do echo "$rule" | xargs $tool -t $table; done
    $tool -t $table -S 2>/dev/null | sed -n 's/^-N \\(DOCKER[^ ]*\\)$/\\1/p' |
      while read -r chain; do $tool -t $table -F "$chain"; $tool -t $table -X "$chain"; done
  done
done`,
    shell`if [ -e ${FORWARD} ] && command -v iptables >/dev/null; then iptables -P FORWARD ACCEPT; fi`,
    shell`[ ! -e /sys/class/net/docker0 ] || ip link delete docker0`,
  ),
  deadlineMs: 180_000,
};

/** The purge leaves them, on purpose: images would be a long download. Here they have been looked through. */
export const removeLeftovers: LayerStep = {
  name: 'remove what it kept',
  does: 'Remove images and state of the engine, and its group.',
  done: shell`[ ! -e ${broughtFile('docker', '')} ]`,
  script: lines(
    shell`if [ -e ${GROUP} ]; then
  ! getent group docker >/dev/null || groupdel docker
elif [ -e ${USER} ]; then
  while read -r user; do gpasswd --delete "$user" docker || true; done <${USER}
fi`,
    shell`if ${BROUGHT}; then rm -rf /var/lib/docker /var/lib/containerd /etc/docker; fi`,
    shell`rm -rf ${broughtFile('docker', '')}`,
  ),
  deadlineMs: 300_000,
};
