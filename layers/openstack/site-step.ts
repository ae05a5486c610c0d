import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import type { Context } from './parameters.ts';
import { staleMark } from './paths.ts';
import { markStale } from './services-step.ts';
import { projectsOf, unitsOf } from './services.ts';
import { siteText } from './site.ts';

const SITE = 'rackwright-openstack';
const AVAILABLE = `/etc/apache2/sites-available/${SITE}.conf`;
const ENABLED = `/etc/apache2/sites-enabled/${SITE}.conf`;
const MODULES = ['ssl', 'headers', 'proxy', 'proxy_http', 'alias', 'wsgi'];

/** Of the packages, in the way of ours: they answer over plain HTTP. On Debian the first alone is there. */
const OTHERS = ['000-default', 'keystone', 'placement-api'];
const OTHER_SETTINGS = ['openstack-dashboard', 'cinder-wsgi'];

export function servesSite(context: Context): Shell {
  const all = [
    shell`[ ! -e ${staleMark('apache')} ]`,
    hasText(AVAILABLE, siteText(context)),
    shell`[ -L ${ENABLED} ]`,
    ...OTHERS.map((name) => shell`[ ! -L ${`/etc/apache2/sites-enabled/${name}.conf`} ]`),
    ...OTHER_SETTINGS.map((name) => shell`[ ! -L ${`/etc/apache2/conf-enabled/${name}.conf`} ]`),
    ...MODULES.map((name) => shell`[ -e ${`/etc/apache2/mods-enabled/${name}.load`} ]`),
    shell`systemctl --quiet is-enabled apache2`,
    shell`systemctl --quiet is-active apache2`,
  ];
  return all.reduce((sum, each) => shell`${sum} && ${each}`);
}

/** Services that have not read yet where they listen now may still have the ports that Apache wants. */
export function serveSite(context: Context): LayerStep {
  const text = siteText(context);
  const letGo = projectsOf(context).map((project) => {
    const units = unitsOf(context, project).filter((unit) => unit !== 'apache2');
    return project === 'base' || units.length === 0
      ? shell`:`
      : shell`if [ -e ${staleMark(project)} ]; then systemctl stop ${units} 2>/dev/null || true; fi`;
  });
  return {
    name: 'serve HTTPS',
    does: 'Have Apache answer for every API, the consoles and horizon over HTTPS, and nothing else answer from outside.',
    done: servesSite(context),
    script: lines(
      markStale('apache'),
      ...letGo,
      putText(AVAILABLE, text),
      shell`a2enmod -q ${MODULES}`,
      shell`for site in ${OTHERS}; do if [ -L "/etc/apache2/sites-enabled/$site.conf" ]; then a2dissite -q "$site"; fi; done`,
      shell`for conf in ${OTHER_SETTINGS}; do if [ -L "/etc/apache2/conf-enabled/$conf.conf" ]; then a2disconf -q "$conf"; fi; done`,
      shell`a2ensite -q ${SITE}`,
      shell`apache2ctl -t`,
      shell`systemctl --quiet enable apache2`,
      shell`systemctl restart apache2`,
      shell`rm -f ${staleMark('apache')}`,
    ),
    deadlineMs: 300_000,
  };
}

/** Before its packages go: Apache may be others' too. */
export const stopServing: LayerStep = {
  name: 'stop serving',
  does: 'Take its site out of Apache.',
  done: shell`[ ! -e ${AVAILABLE} ] && [ ! -L ${ENABLED} ]`,
  script: lines(
    shell`rm -f ${[ENABLED, AVAILABLE, staleMark('apache')]}`,
    shell`if systemctl --quiet is-active apache2; then
  [ ! -e /etc/apache2/sites-available/000-default.conf ] || a2ensite -q 000-default
  systemctl restart apache2
fi`,
  ),
  deadlineMs: 120_000,
};
