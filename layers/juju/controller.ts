import { lines, type Shell, shell } from '../../remote/index.ts';
import { noteUnless } from '../parts/brought.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { mirrored } from '../parts/mirror.ts';
import { providerType } from './client.ts';
import type { Context } from './parameters.ts';
import { asRoot, controllerOf, DATA, MADE, STATE } from './places.ts';

export const CLOUD = 'rackwright';
export const CLOUD_FILE = `${DATA}/rackwright-cloud.yaml`;

export function noteWhatIsThere({ role }: Pick<Context, 'role'>): LayerStep {
  return {
    name: 'note what is there',
    does: 'Keep in mind whether somebody used Juju here already.',
    done: shell`[ -e ${STATE}/noted ]`,
    script: lines(
      ...(role === 'controller' ? [noteUnless('juju', 'data', shell`[ -e ${DATA} ]`)] : []),
      noteUnless('juju', 'agents', shell`[ -e /var/lib/juju ]`),
      shell`mkdir -p ${STATE}`,
      shell`: >${STATE}/noted`,
    ),
    deadlineMs: 60_000,
  };
}

/** A manual cloud has no credential: whoever holds the key is let in. */
export function cloudText(context: Pick<Context, 'members'>, version: string): string {
  return `clouds:
  ${CLOUD}:
    type: ${providerType(version)}
    endpoint: ubuntu@${controllerOf(context).address}
`;
}

export function defineCloud(context: Context, version: string): LayerStep {
  const text = cloudText(context, version);
  const type = providerType(version);
  return {
    name: 'define the cloud',
    does: `Tell the client of the cloud ${CLOUD}, of type ${type}: these machines.`,
    done: shell`${asRoot}
${hasText(CLOUD_FILE, text)} && [ "$(juju clouds --client --format json 2>/dev/null | jq -r ${`.${CLOUD}.type // empty`})" = ${type} ]`,
    script: lines(
      asRoot,
      putText(CLOUD_FILE, text),
      shell`if [ -n "$(juju clouds --client --format json | jq -r ${`.${CLOUD}.type // empty`})" ]; then juju update-cloud --client ${CLOUD} -f ${CLOUD_FILE}; else juju add-cloud --client ${CLOUD} -f ${CLOUD_FILE}; fi`,
    ),
    deadlineMs: 120_000,
  };
}

/** Where Juju fetches its own agents, and how apt does. */
export function bootstrapOptions({ packageProxy, parameters: { mirror } }: Context): readonly string[] {
  return [
    ...(packageProxy === undefined ? [] : ['--config', `apt-http-proxy=${packageProxy}`]),
    ...(mirror === undefined
      ? []
      : ['--config', `agent-metadata-url=${mirrored('https://streams.canonical.com/juju/tools', mirror)}`]),
  ];
}

export function isKnown(name: string): Shell {
  return shell`juju controllers --format json 2>/dev/null | jq -e --arg name ${name} '.controllers[$name]' >/dev/null`;
}

/** Nothing is ended that was once whole: what does not answer then is left to hands. */
export function bootstrap(context: Context): LayerStep {
  const { controllerName } = context.parameters;
  return {
    name: 'bootstrap the controller',
    does: `Make this machine the controller ${controllerName}.`,
    done: shell`${asRoot}
${hasText(MADE, `${controllerName}\n`)} && ${isKnown(controllerName)}`,
    script: lines(
      asRoot,
      shell`if [ -e ${MADE} ]; then echo "the controller here is $(cat ${MADE}): take the layer away first"; exit 1; fi`,
      // Of a run that was cut off.
      shell`if ${isKnown(controllerName)}; then
  [ -e ${STATE}/bootstrapping ] || { echo ${`there is a controller ${controllerName} already, which is not ours`}; exit 1; }
  juju kill-controller ${controllerName} --no-prompt --timeout 60s || juju unregister ${controllerName} --no-prompt
fi`,
      shell`if [ -e ${STATE}/bootstrapping ] && [ -x ${REMOVER} ]; then ${REMOVER}; fi`,
      shell`: >${STATE}/bootstrapping`,
      shell`juju bootstrap ${CLOUD} ${controllerName} ${bootstrapOptions(context)} </dev/null`,
      shell`echo ${controllerName} >${MADE}.new`,
      shell`mv ${MADE}.new ${MADE}`,
      shell`rm -f ${STATE}/bootstrapping`,
    ),
    deadlineMs: 3_600_000,
  };
}

/** Juju puts it on every machine of this kind, to end its own services there. */
export const REMOVER = '/usr/sbin/remove-juju-services';

/** Also after a new start of the machine. */
export function awaitController({ parameters: { controllerName } }: Context): LayerStep {
  const asks = shell`timeout 60 juju status -m ${`${controllerName}:controller`} --format json`;
  return {
    name: 'wait for the controller',
    does: 'Wait until it answers.',
    done: shell`${asRoot}
${asks} >/dev/null 2>&1`,
    script: lines(
      asRoot,
      shell`left=30
until said=$(${asks} 2>&1 >/dev/null); do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "it does not: $said"; exit 1; }
  sleep 5
done`,
    ),
    deadlineMs: 2_400_000,
  };
}
