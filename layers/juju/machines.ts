import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { isKnown, REMOVER } from './controller.ts';
import type { Context } from './parameters.ts';
import { asRoot, KEY, machinesOf, STATE } from './places.ts';

/** Addresses that were added to the end, one a file. */
const ADDED = `${STATE}/added`;

/** Machines of the model by address: `7 started`. */
const BY_ADDRESS =
  '.machines // {} | to_entries[] | select(.value."dns-name" == $address or (.value."ip-addresses" // [] | index($address) != null) or .value."instance-id" == "manual:" + $address) | .key + " " + (.value."juju-status".current // "unknown")';

/** Commands that follow have `$model`, and `found ADDRESS`. */
export function inModel({ parameters: { controllerName, model } }: Context): Shell {
  return lines(
    asRoot,
    shell`model=${`${controllerName}:${model}`}`,
    shell`found() { timeout 120 juju machines -m "$model" --format json </dev/null | jq -r --arg address "$1" ${BY_ADDRESS}; }`,
  );
}

function hasModel({ parameters: { controllerName, model } }: Context): Shell {
  return shell`juju models -c ${controllerName} --format json 2>/dev/null | jq -e --arg name ${model} '[.models[]?."short-name"] | index($name) != null' >/dev/null`;
}

export function addModel(context: Context): LayerStep {
  const { controllerName, model } = context.parameters;
  return {
    name: 'add the model',
    does: `Add the model ${model}, which the machines are in.`,
    done: shell`${asRoot}
${hasModel(context)}`,
    script: lines(asRoot, shell`juju add-model -c ${controllerName} ${model} --no-switch`),
    deadlineMs: 300_000,
  };
}

export function hasMachines(context: Context): Shell {
  const addresses = machinesOf(context).map(({ address }) => address);
  return lines(
    inModel(context),
    ...addresses.map(
      (address) => shell`[ -e ${`${ADDED}/${address}`} ] && [ -n "$(found ${address})" ] || exit 1`,
    ),
  );
}

/** One that Juju knows, and that never came up, is of a run that was cut off: it is taken out and added anew. */
export function addMachines(context: Context): LayerStep {
  const machines = machinesOf(context);
  return {
    name: 'add the machines',
    does:
      machines.length === 0
        ? 'Add no machine: there is none of the role machine.'
        : `Add ${machines.map(({ name }) => name).join(', ')}, which Juju reaches by SSH, and puts its agent on.`,
    done: hasMachines(context),
    script: lines(
      inModel(context),
      shell`mkdir -p ${ADDED}`,
      shell`add() {
  address=$1
  said=$(found "$address")
  if [ -n "$said" ] && [ ! -e ${ADDED}/"$address" ] && [ "\${said#* }" != started ]; then
    echo "$address was begun before: machine $said"
    juju remove-machine -m "$model" --force --no-prompt "\${said%% *}" </dev/null
    left=60
    while [ -n "$(found "$address")" ]; do
      left=$((left - 1))
      [ "$left" -gt 0 ] || { echo "$address is not taken out: $(found "$address")"; exit 1; }
      sleep 2
    done
    ssh -n -o BatchMode=yes -i ${KEY} "ubuntu@$address" ${`[ ! -x ${REMOVER} ] || sudo ${REMOVER}`}
    said=
  fi
  if [ -z "$said" ]; then
    echo "adding $address"
    rm -f ${ADDED}/"$address"
    juju add-machine -m "$model" "ssh:ubuntu@$address" </dev/null
  fi
  : >${ADDED}/"$address"
}`,
      ...machines.map(({ address }) => shell`add ${address}`),
    ),
    deadlineMs: 3_600_000,
  };
}

/** Ends what it is in when the controller or its model is not there. */
export function demandModel(context: Context): Shell {
  return lines(
    asRoot,
    shell`${isKnown(context.parameters.controllerName)} && ${hasModel(context)} || exit 1`,
  );
}
