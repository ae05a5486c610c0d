import { lines, type Shell, shell } from '../../remote/index.ts';
import { TEMPORARY } from '../failure-kind.ts';
import type { LayerStep } from '../layer.ts';
import { secretFile } from '../parts/secret-file.ts';
import { noteBefore, noteBrought, purgeBrought } from './brought.ts';
import { LOCAL_CONF, SECRETS } from './local-conf.ts';
import { asStack, HOME, STATE, TREE } from './place.ts';

/** Upstream says half an hour on a good machine; a slow mirror and emulated processors have taken the best of three. */
const STACK_MS = 4 * 3_600_000;

/** Code and configuration: what a finished run was a run of. */
const wanted = shell`"$(${asStack(shell`git -C ${TREE} rev-parse HEAD`)} 2>/dev/null) $(sha256sum <${LOCAL_CONF} 2>/dev/null)"`;

export const isStacked: Shell = shell`[ -f ${STATE}/done ] && [ "$(cat ${STATE}/done)" = ${wanted} ]`;

/**
 * As upstream advises before stack.sh is run once more, by the scripts and the configuration that made it. What was
 * half made may well fail to be unmade.
 */
export const unstack: Shell = shell`if [ -e ${STATE}/begun ]; then
  echo 'stack.sh was begun here before: what it made is taken away first'
  rm -f ${STATE}/done
  ${hideSecrets()}
  for each in unstack.sh clean.sh; do
    [ ! -x ${TREE}/$each ] || ${asStack(shell`timeout 1800 ${TREE}/$each`)} </dev/null 2>&1 | sed -u -f ${STATE}/hide || :
  done
  rm ${STATE}/begun
fi`;

/** stack.sh prints what it runs, and at its end the password: what of it leaves the machine has names instead. */
function hideSecrets(): Shell {
  return lines(
    shell`install -d -m 0700 ${STATE}`,
    shell`: >${STATE}/hide`,
    shell`chmod 0600 ${STATE}/hide`,
    ...SECRETS.map(({ name }) => {
      const file = secretFile('devstack', name);
      return shell`[ ! -s ${file} ] || printf 's/%s/(%s)/g\n' "$(cat ${file})" ${name} >>${STATE}/hide`;
    }),
  );
}

export const stack: LayerStep = {
  name: 'run stack.sh',
  does: 'Run stack.sh to its end, after unstack.sh and clean.sh where it was begun before. Takes an hour or several, and whatever was in that cloud is gone.',
  done: isStacked,
  script: lines(
    shell`umask 077`,
    unstack,
    hideSecrets(),
    shell`wanted=${wanted}`,
    noteBefore,
    shell`: >${STATE}/begun`,
    // A machine that goes down takes its jobs with it; that is no failure of this one, and it is run again.
    shell`trap '[ "$(systemctl is-system-running)" != stopping ] || exit ${TEMPORARY}; exit 143' TERM`,
    shell`: >${STATE}/log`,
    shell`${asStack(shell`${TREE}/stack.sh`)} </dev/null >>${STATE}/log 2>&1 &
stack=$!`,
    // Not a pipe from stack.sh itself: whatever it leaves running would hold that open.
    shell`tail -n +1 -f --pid="$stack" ${STATE}/log | sed -u -f ${STATE}/hide`,
    shell`code=0
wait "$stack" || code=$?`,
    noteBrought,
    shell`if [ $code -ne 0 ]; then
  reason=$(grep -a '\\[ERROR\\]' ${STATE}/log | tail -n 1 | sed 's/^.*\\[ERROR\\] *//')
  if [ -z "$reason" ]; then
    grep -a -v -e '^+' -e '^ *$' -e 'Error on exit' -e 'stack.sh failed' ${STATE}/log | tail -n 20 >${STATE}/end || :
    reason=$(grep -a -i -E 'error|fail|cannot|unable|denied|read-only|no space|not found|no such' ${STATE}/end | tail -n 1)
    [ -n "$reason" ] || reason=$(tail -n 1 ${STATE}/end)
  fi
  echo "stack.sh ended with status $code: $reason" | sed -f ${STATE}/hide
  exit $code
fi`,
    shell`printf '%s\\n' "$wanted" >${STATE}/done.new`,
    shell`cp ${STATE}/done.new ${STATE}/ran`,
    shell`mv ${STATE}/done.new ${STATE}/done`,
  ),
  deadlineMs: STACK_MS,
};

/** Units that stack.sh enabled and that are not running, one a line. */
const down = shell`systemctl list-unit-files --no-legend --plain 'devstack@*' | awk '$2 == "enabled" { print $1 }' | while read -r unit; do systemctl --quiet is-active "$unit" || echo "$unit"; done`;

export const isUp: Shell = shell`[ -z "$(${down})" ]`;

/** After a restart of the machine they come up in no good order; stack.sh itself is not run for that. */
export const startServices: LayerStep = {
  name: 'start its services',
  does: 'Start the services that stack.sh made and that are not running.',
  done: isUp,
  script: shell`${down} | while read -r unit; do echo "starting $unit"; systemctl restart "$unit"; done
tries=0
while [ -n "$(${down})" ]; do
  tries=$((tries + 1))
  [ $tries -lt 30 ] || { echo "not running: $(${down} | tr '\\n' ' ')"; exit 1; }
  sleep 2
done`,
  deadlineMs: 600_000,
};

export const removeStack: readonly LayerStep[] = [
  {
    name: 'take the cloud away',
    does: 'Run unstack.sh and clean.sh: the services end, and their data are gone.',
    done: shell`[ ! -e ${STATE}/begun ] && [ -z "$(find /etc/systemd/system -name 'devstack@*')" ]`,
    script: lines(
      unstack,
      // What clean.sh left because something in it failed.
      shell`systemctl list-unit-files --no-legend --plain 'devstack@*' | awk '{ print $1 }' | while read -r unit; do systemctl --quiet disable --now "$unit" || :; done`,
      shell`find /etc/systemd/system -name 'devstack@*' -delete`,
      shell`systemctl daemon-reload`,
      shell`find /usr/local/bin -lname ${`${HOME}/*`} -delete`,
      shell`rm -f /etc/devstack-version /etc/bash_completion.d/osc.bash_completion /etc/apt/apt.conf.d/80retry`,
    ),
    deadlineMs: 3_600_000,
  },
  purgeBrought,
];
