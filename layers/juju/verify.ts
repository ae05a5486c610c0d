import { lines, shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import type { Context } from './parameters.ts';
import { asRoot, machinesOf } from './places.ts';

const NAME = 'rackwright-verify';
/** `0 started` a line, of all machines of the model. */
const STATES = '.machines // {} | to_entries[] | .key + " " + (.value."juju-status".current // "unknown")';

/** All machines are up within ten minutes, and a model can be made and ended. */
export function verifications(context: Context): readonly Verification[] {
  if (context.role !== 'controller') return [];
  const { controllerName, model } = context.parameters;
  const machines = machinesOf(context);
  return [
    {
      kind: 'command',
      name: 'its machines are up, and a model is made',
      script: lines(
        asRoot,
        shell`controller=${controllerName}`,
        shell`status() { timeout 60 juju status -m "$controller:$1" --format json </dev/null; }`,
        shell`up() {
  left=120
  while :; do
    seen=$(status "$1" 2>&1 | jq -r ${STATES} 2>&1) || :
    has=$(echo "$seen" | grep -c ' started$' || :)
    if [ "$has" -ge "$2" ] && ! echo "$seen" | grep -q -v ' started$'; then break; fi
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "$1: not all of its machines are up; last seen:"; echo "$seen"; exit 1; }
    sleep 5
  done
  echo "$1: $has up"
}`,
        shell`models() { juju models -c "$controller" --format json </dev/null | jq -r '.models[]?."short-name"'; }`,
        shell`sweep() {
  ! models | grep -qx ${NAME} || juju destroy-model --no-prompt --destroy-storage --force "$controller:"${NAME} </dev/null
  left=60
  while models | grep -qx ${NAME}; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo ${`the model ${NAME} is not ended`}; exit 1; }
    sleep 5
  done
}`,
        shell`echo 'asking for the machines'`,
        shell`up controller 1`,
        ...(machines.length === 0 ? [] : [shell`up ${model} ${machines.length}`]),
        shell`echo 'ending what a run before may have left'`,
        shell`sweep`,
        shell`trap 'sweep' EXIT`,
        shell`echo 'making a model'`,
        shell`juju add-model -c "$controller" ${NAME} --no-switch </dev/null`,
        shell`models | grep -x ${NAME}`,
        shell`echo 'ending it'`,
        shell`trap - EXIT`,
        shell`sweep`,
      ),
      deadlineMs: 1_800_000,
    },
  ];
}
