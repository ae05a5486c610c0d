import { z } from 'zod';
import { lines, shell } from '../../remote/index.ts';
import { hasText, putText } from '../file-step.ts';
import type { Layer, LayerContext, LayerStep } from '../layer.ts';
import { aptGet, isInstalled, refreshPackageLists } from '../packages.ts';
import { pageText, siteText } from './page.ts';

const parameters = z.strictObject({
  title: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{C}*$/u, 'has control characters')
    .optional(),
  port: z.int().min(1).max(65_535).default(80),
});
type Parameters = z.infer<typeof parameters>;
type Context = LayerContext<Parameters>;

const PAGE = '/var/www/rackwright/index.html';
const SITE = '/etc/nginx/sites-available/rackwright';
const ENABLED = '/etc/nginx/sites-enabled/rackwright';
/** The package's own site claims port 80 for any name. */
const PACKAGE_SITE = '/etc/nginx/sites-enabled/default';
/** Written before the configuration is, removed when nginx has read it. A restart of the machine needs no reload. */
const STALE = '/run/rackwright/nginx-to-reload';

export const nginx: Layer<Parameters> = {
  name: 'nginx',
  version: '1',
  summary: 'The nginx web server with a page that names the machine.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],

  check: (context) =>
    shell`${isInstalled('nginx')} && ${hasText(PAGE, page(context))} && ${configured(context)} && ${running}`,

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    install(context),
    writePage(context),
    configureSite(context),
    start,
  ],

  verify: ({ address, machineName, parameters: { port } }) => [
    {
      kind: 'http',
      name: 'the page is served',
      url: `http://${address}:${port}/`,
      status: 200,
      contains: machineName,
    },
  ],

  remove: () => [
    {
      name: 'purge nginx',
      does: 'Stop nginx and remove its packages with their configuration.',
      done: shell`! dpkg-query -W nginx nginx-common >/dev/null 2>&1`,
      script: aptGet(undefined, '--autoremove', 'purge', 'nginx', 'nginx-common'),
      deadlineMs: 300_000,
    },
    {
      name: 'remove the page',
      does: 'Remove the page and the site that were written.',
      done: shell`[ ! -e /var/www/rackwright ] && [ ! -e ${SITE} ] && [ ! -L ${ENABLED} ]`,
      script: shell`rm -rf /var/www/rackwright ${[SITE, ENABLED, STALE]}`,
      deadlineMs: 60_000,
    },
  ],
};

/** On Debian 12 and later `nginx` is the small one, and nginx-light the same with a module more; Ubuntu says nginx too. */
function install({ packageProxy }: Context): LayerStep {
  return {
    name: 'install nginx',
    does: "Install nginx from the distribution's packages.",
    done: isInstalled('nginx'),
    script: aptGet(packageProxy, '--no-install-recommends', 'install', 'nginx'),
    deadlineMs: 900_000,
  };
}

function page({ machineName, parameters: { title } }: Context): string {
  return pageText(machineName, title ?? machineName);
}

function writePage(context: Context): LayerStep {
  return {
    name: 'write the page',
    does: `Write a page that names ${context.machineName}.`,
    done: hasText(PAGE, page(context)),
    script: putText(PAGE, page(context)),
    deadlineMs: 60_000,
  };
}

function configured({ parameters: { port } }: Context) {
  return shell`${hasText(SITE, siteText(port))} && [ -L ${ENABLED} ] && [ ! -e ${PACKAGE_SITE} ]`;
}

function configureSite(context: Context): LayerStep {
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
