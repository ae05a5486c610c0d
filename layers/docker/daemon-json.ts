import { lines, type Shell, shell } from '../../remote/index.ts';
import { broughtFile } from '../parts/brought.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { Demand, LayerStep } from '../layer.ts';
import type { DockerParameters } from './parameters.ts';

const FILE = '/etc/docker/daemon.json';
/** SHA-256 of every text that we gave it: the file takes no comment that could say whose it is. */
const OURS = broughtFile('docker', 'daemon-json');
/** Written before the configuration is, removed when the engine has read it. */
const STALE = '/run/rackwright/docker-to-reload';

/**
 * Both lists are always there, as the engine does not forget on reload what is not named. Without limits of its own
 * json-file keeps the log of a container for ever, and whole.
 */
export function daemonText({
  registryMirror,
  insecureRegistries,
}: Pick<DockerParameters, 'registryMirror' | 'insecureRegistries'>): string {
  const insecure = insecureRegistries?.split(',').map((one) => one.trim()) ?? [];
  const wanted = {
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '10m', 'max-file': '3' },
    'registry-mirrors': registryMirror === undefined ? [] : [registryMirror],
    'insecure-registries': insecure,
  };
  return `${JSON.stringify(wanted, undefined, 2)}\n`;
}

const isOurs: Shell = shell`grep -qsxF "$(sha256sum <${FILE})" ${OURS}`;

export function hasDaemonText(parameters: DockerParameters): Shell {
  return hasText(FILE, daemonText(parameters));
}

export function ownConfiguration(parameters: DockerParameters): Demand {
  return {
    kind: 'script',
    name: `no other ${FILE}`,
    code: 'LAYER_CONFLICT',
    script: shell`[ ! -e ${FILE} ] || { ${hasDaemonText(parameters)}; } || ${isOurs} ||
  { echo ${`${FILE} is not ours, and is not written over: move it away first`}; exit 1; }`,
  };
}

export function writeConfiguration(parameters: DockerParameters): LayerStep {
  const text = daemonText(parameters);
  return {
    name: 'configure the engine',
    does: `Write ${FILE}: a container's log is 30 MiB at most, and which registries are asked.`,
    done: hasDaemonText(parameters),
    script: lines(
      shell`[ ! -e ${FILE} ] || ${isOurs} || { echo ${`${FILE} is not ours`}; exit 1; }`,
      shell`mkdir -p ${broughtFile('docker', '')} /run/rackwright`,
      shell`printf %s ${text} | sha256sum >>${OURS}`,
      shell`: >${STALE}`,
      putText(FILE, text),
    ),
    deadlineMs: 60_000,
  };
}

/** What is up already reads the registries anew, and stops no container for it. */
export const engineRuns: Shell = shell`[ ! -e ${STALE} ] && systemctl --quiet is-enabled docker && systemctl --quiet is-active docker`;

export const startEngine: LayerStep = {
  name: 'start the engine',
  does: 'Start it, now and at every boot.',
  done: engineRuns,
  script: lines(
    shell`systemctl --quiet enable docker`,
    shell`if systemctl --quiet is-active docker; then [ ! -e ${STALE} ] || systemctl reload docker; else systemctl start docker; fi`,
    shell`docker version`,
    shell`rm -f ${STALE}`,
  ),
  deadlineMs: 180_000,
};

export const removeConfiguration: LayerStep = {
  name: 'remove the configuration',
  does: `Remove ${FILE}, if it is as it was written.`,
  done: shell`[ ! -e ${OURS} ]`,
  script: lines(shell`if [ -e ${FILE} ] && ${isOurs}; then rm -f ${FILE}; fi`, shell`rm -f ${[OURS, STALE]}`),
  deadlineMs: 60_000,
};
