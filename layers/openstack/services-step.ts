import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { BEHIND, LOOPBACK } from './endpoints.ts';
import type { Context } from './parameters.ts';
import { CONSOLE_DEFAULTS, configFile, DAEMON_DEFAULTS, staleMark } from './paths.ts';
import { hasSecretText, putSecretText } from './secret-file-step.ts';
import type { Project } from './service.ts';
import { projectsOf, unitsOf } from './services.ts';
import { settingsOf } from './settings.ts';
import { iniText } from './settings-parts.ts';

export function markStale(...projects: readonly (Project | 'apache')[]): Shell {
  return lines(
    shell`mkdir -p /run/rackwright`,
    ...projects.map((project) => shell`: >${staleMark(project)}`),
  );
}

export function configure(project: Exclude<Project, 'base'>, context: Context): LayerStep {
  const file = {
    path: configFile(project),
    text: iniText(settingsOf(project, context)),
    group: project,
  };
  return {
    name: `configure ${project}`,
    does: `Write ${file.path}, on top of what the package says.`,
    done: hasSecretText(file),
    script: lines(markStale(project), putSecretText(file)),
    deadlineMs: 60_000,
  };
}

/**
 * oslo.config reads the folder by itself, but before any file that is named; and the init scripts name the package's. So it
 * is named last. One process of an API takes 130 MB, and packages bring 8 or 16 of each; nova-api has one thread in each.
 * The package listens everywhere, too, and takes the length out of every answer, so that only the end of a connection ends an answer without a body; who
 * was not told that it ends would ask on it again, and be reset.
 */
export function configureDaemons(context: Context): LayerStep {
  const { workers } = context.parameters;
  const text = `# Written by rackwright. Read by the init scripts of all services of OpenStack.
rackwright_settings="--config-dir=/etc/$PROJECT_NAME/$PROJECT_NAME.conf.d"
if [ -n "$PYARGV" ]; then
	PYARGV="$PYARGV $rackwright_settings"
elif [ -z "$UWSGI_PORT" ]; then
	DAEMON_ARGS="$DAEMON_ARGS $rackwright_settings"
fi
if [ -n "$UWSGI_PORT" ]; then
	DAEMON_ARGS="--http-socket ${LOOPBACK}:$((UWSGI_PORT + ${BEHIND})) --ini $UWSGI_INI_PATH --add-header=Connection:close"
	case $NAME in
	nova-api) DAEMON_ARGS="$DAEMON_ARGS --processes=${Math.max(2, workers)}" ;;
	*) DAEMON_ARGS="$DAEMON_ARGS --processes=${workers}" ;;
	esac
fi
`;
  return {
    name: 'configure the daemons',
    does: `Have services read our settings last, and start no more than ${workers} of each, in ${DAEMON_DEFAULTS}.`,
    done: hasText(DAEMON_DEFAULTS, text),
    script: lines(
      markStale(...projectsOf(context).filter((project) => project !== 'base')),
      putText(DAEMON_DEFAULTS, text),
    ),
    deadlineMs: 60_000,
  };
}

/** Unit by unit: of several systemctl says yes when one is. */
export function isRunning(context: Context, ...projects: readonly Project[]): Shell {
  const marks = projects.map((project) => shell`[ ! -e ${staleMark(project)} ]`);
  const units = unitsOf(context, ...projects).map(
    (unit) => shell`systemctl --quiet is-enabled ${unit} && systemctl --quiet is-active ${unit}`,
  );
  return [...marks, ...units].reduce((sum, each) => shell`${sum} && ${each}`);
}

/**
 * A step for each project alone would wait for each alone. On a busy machine a service of nova takes longer to be there than
 * the 90 seconds that systemd gives it; it is started again by itself, and is there sooner then.
 */
export function start(name: string, context: Context, ...projects: readonly Project[]): LayerStep {
  const units = unitsOf(context, ...projects);
  const perProject = projects.map((project) => {
    const own = unitsOf(context, project);
    return shell`if [ -e ${staleMark(project)} ]; then verb=restart; else verb=start; fi
systemctl "$verb" ${own} || echo 'systemd starts again what was not there in time'
# shellcheck disable=SC2043 # One or more.
for unit in ${own}; do
  left=60
  until systemctl --quiet is-active "$unit"; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then systemctl status --no-pager "$unit" | tail -n 15; echo "$unit does not start"; exit 1; fi
    sleep 3
  done
done
rm -f ${staleMark(project)}`;
  });
  return {
    name,
    does: `Start ${units.join(', ')}, now and at every boot.`,
    done: isRunning(context, ...projects),
    script: lines(shell`systemctl --quiet enable ${units}`, ...perProject),
    deadlineMs: 900_000,
  };
}

const consoleText = `NOVA_CONSOLE_PROXY_TYPE=novnc
NOVA_SERIAL_PROXY_START=false
`;

/** The package would start the one for SPICE, which our guests do not speak. */
export const configureConsole: LayerStep = {
  name: 'choose the console proxy',
  does: `Have noVNC started, in ${CONSOLE_DEFAULTS}.`,
  done: hasText(CONSOLE_DEFAULTS, consoleText),
  script: lines(markStale('nova'), putText(CONSOLE_DEFAULTS, consoleText)),
  deadlineMs: 60_000,
};
