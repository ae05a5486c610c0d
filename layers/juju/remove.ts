import { lines, shell } from '../../remote/index.ts';
import { broughtFile } from '../parts/brought.ts';
import type { LayerStep } from '../layer.ts';
import { forgetHosts, ownKnownHosts } from '../parts/known-hosts.ts';
import { closeLogin } from '../parts/login-user.ts';
import { dropPackages } from '../parts/own-packages.ts';
import { dropKey } from '../parts/shared-key.ts';
import { OVERLAY } from './bundle.ts';
import { removeClient } from './client.ts';
import { CLOUD, CLOUD_FILE, REMOVER } from './controller.ts';
import type { Context } from './parameters.ts';
import { asRoot, DATA, KEY, MADE, STATE } from './places.ts';

const AGENTS_CAME = broughtFile('juju', 'agents');
const DATA_CAME = broughtFile('juju', 'data');

/** Models, applications and the data in them go with it. */
function endController({ parameters: { controllerName } }: Context): LayerStep {
  return {
    name: 'end the controller',
    does: 'End the controller with all of its models.',
    done: shell`[ ! -e ${MADE} ] && [ ! -e ${STATE}/bootstrapping ]`,
    script: lines(
      asRoot,
      shell`name=${controllerName}`,
      shell`[ ! -e ${MADE} ] || name=$(cat ${MADE})`,
      shell`if juju controllers --format json | jq -e --arg name "$name" '.controllers[$name]' >/dev/null; then
  timeout 900 juju destroy-controller "$name" --no-prompt --destroy-all-models --destroy-storage --force --model-timeout 10m </dev/null || juju kill-controller "$name" --no-prompt --timeout 60s </dev/null || juju unregister "$name" --no-prompt </dev/null
fi`,
      shell`rm -f ${MADE} ${STATE}/bootstrapping`,
    ),
    deadlineMs: 2_400_000,
  };
}

const endAgents: LayerStep = {
  name: "end Juju's own services",
  does: 'End and remove what Juju put on this machine.',
  done: shell`[ ! -e ${AGENTS_CAME} ]`,
  script: lines(
    shell`[ ! -x ${REMOVER} ] || ${REMOVER}`,
    shell`rm -rf /var/lib/juju /var/log/juju ${REMOVER}`,
    shell`rm -f ${AGENTS_CAME}`,
  ),
  deadlineMs: 600_000,
};

const forget: LayerStep = {
  name: 'forget the cloud and the key',
  does: `Remove the key, the host keys and ${DATA}, where that was brought.`,
  done: shell`[ ! -e ${ownKnownHosts('juju')} ] && [ ! -e ${DATA_CAME} ] && [ ! -e ${CLOUD_FILE} ]`,
  script: lines(
    asRoot,
    dropKey(KEY),
    forgetHosts('juju'),
    // Somebody may have told the client of other controllers since.
    shell`others=0
if command -v juju >/dev/null; then others=$(juju controllers --format json </dev/null | jq '.controllers // {} | length'); fi
if [ -e ${DATA_CAME} ] && [ "$others" = 0 ]; then
  rm -rf ${DATA}
  rmdir /root/.local/share /root/.local 2>/dev/null || :
elif [ -e ${CLOUD_FILE} ]; then
  juju remove-cloud --client ${CLOUD} </dev/null
  rm -f ${[CLOUD_FILE, OVERLAY]}
fi`,
    shell`rm -f ${DATA_CAME}`,
  ),
  deadlineMs: 120_000,
};

export function removal(context: Context): readonly LayerStep[] {
  return [
    ...(context.role === 'controller' ? [endController(context)] : []),
    endAgents,
    forget,
    removeClient,
    closeLogin('juju'),
    dropPackages('juju'),
    tidy,
  ];
}

/** Other steps ask these files what is ours: they go last. */
const tidy: LayerStep = {
  name: 'remove its notes',
  does: 'Remove the notes of what was made and brought.',
  done: shell`[ ! -e ${STATE} ] && [ ! -e ${broughtFile('juju', '')} ]`,
  script: shell`rm -rf ${[STATE, broughtFile('juju', '')]}`,
  deadlineMs: 60_000,
};
