import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { aptGet, isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { siteText } from './page.ts';
import type { NginxContext } from './parameters.ts';

const SITE = '/etc/nginx/sites-available/rackwright';
const ENABLED = '/etc/nginx/sites-enabled/rackwright';
/** The package's own site claims port 80 for any name. */
const PACKAGE_SITE = '/etc/nginx/sites-enabled/default';
/** Written before the configuration is, removed when nginx has read it. A restart of the machine needs no reload. */
const STALE = '/run/rackwright/nginx-to-reload';

export function packageCheck(context: NginxContext): Shell {
  return shell`${isInstalled('nginx')} && ${configured(context)} && ${running}`;
}

export function packageApply(context: NginxContext, writePage: LayerStep): readonly LayerStep[] {
  return [
    refreshPackageLists(context.packageProxy),
    install(context),
    writePage,
    configureSite(context),
    start,
  ];
}

/** On Debian 12 and later `nginx` is the small one, and nginx-light the same with a module more; Ubuntu says nginx too. */
function install({ packageProxy }: NginxContext): LayerStep {
  return {
    name: 'install nginx',
    does: "Install nginx from the distribution's packages.",
    done: isInstalled('nginx'),
    script: aptGet(packageProxy, '--no-install-recommends', 'install', 'nginx'),
    deadlineMs: 900_000,
  };
}

function configured({ parameters: { port } }: NginxContext): Shell {
  return shell`${hasText(SITE, siteText(port))} && [ -L ${ENABLED} ] && [ ! -e ${PACKAGE_SITE} ]`;
}

function configureSite(context: NginxContext): LayerStep {
  const { port } = context.parameters;
  return {
    name: 'configure the site',
    does: `Serve it on port ${port}.`,
    done: configured(context),
    script: lines(
      shell`mkdir -p /run/rackwright`,
      shell`: >${STALE}`,
      putText(SITE, siteText(port)),
      shell`ln -sfn ${SITE} ${ENABLED}`,
      shell`rm -f ${PACKAGE_SITE}`,
      shell`nginx -q -t`,
    ),
    deadlineMs: 60_000,
  };
}

const running = shell`[ ! -e ${STALE} ] && systemctl --quiet is-enabled nginx && systemctl --quiet is-active nginx`;

const start: LayerStep = {
  name: 'start',
  does: 'Start nginx, now and at every boot.',
  done: running,
  script: lines(
    shell`systemctl --quiet enable nginx`,
    shell`systemctl reload-or-restart nginx`,
    shell`rm -f ${STALE}`,
  ),
  deadlineMs: 120_000,
};

/** An nginx without our site is not ours. */
export const packageRemove: readonly LayerStep[] = [
  {
    name: 'purge nginx',
    does: 'Stop the nginx that serves our site, and remove its packages with their configuration.',
    done: shell`[ ! -e ${SITE} ] && [ ! -L ${ENABLED} ]`,
    script: lines(
      aptGet(undefined, '--autoremove', 'purge', 'nginx', 'nginx-common'),
      shell`rm -f ${[SITE, ENABLED, STALE]}`,
    ),
    deadlineMs: 300_000,
  },
];
