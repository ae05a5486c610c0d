import { lines, type Shell, shell } from '../../remote/index.ts';
import { makeOwnCertificate } from '../parts/certificate.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import {
  ACME_ROOT,
  certificateOf,
  type Context,
  hostnameOf,
  namesOf,
  releaseOf,
  TLS_FOLDER,
} from './places.ts';
import { plainSiteText, secureSiteText } from './site.ts';

export const PLAIN = 'rackwright-owncloud-plain';
export const SECURE = 'rackwright-owncloud';
const available = (site: string) => `/etc/apache2/sites-available/${site}.conf`;
const enabled = (site: string) => `/etc/apache2/sites-enabled/${site}.conf`;
/** The package's own site answers for any name. It is put back when the layer goes and Apache stays. */
const PACKAGE_SITE = enabled('000-default');
/** Written before the configuration is, removed when Apache has read it. A restart of the machine needs no reload. */
const STALE = '/run/rackwright/owncloud-apache-to-reload';

const modules = (context: Context) =>
  releaseOf(context).edition === 'server'
    ? ['ssl', 'headers', 'rewrite', 'env', 'dir', 'mime']
    : ['ssl', 'headers', 'proxy', 'proxy_http'];

/** HTTP first: an ACME authority asks by it before there is a certificate. */
export function serveWeb(context: Context): readonly LayerStep[] {
  return [
    siteStep(context, PLAIN, plainSiteText(namesOf(context)), 'Redirect HTTP to HTTPS.'),
    ...certificateSteps(context),
    siteStep(
      context,
      SECURE,
      secureSiteText(namesOf(context), certificateOf(context), releaseOf(context).edition),
      `Serve https://${hostnameOf(context)}/ with TLS 1.2 and 1.3, and say that it is never HTTP.`,
    ),
  ];
}

export function servesWeb(context: Context): Shell {
  const text = secureSiteText(namesOf(context), certificateOf(context), releaseOf(context).edition);
  return shell`${siteIsRead(context, PLAIN, plainSiteText(namesOf(context)))} && ${siteIsRead(context, SECURE, text)}`;
}

function siteIsRead(context: Context, site: string, text: string): Shell {
  const loaded = modules(context)
    .map((name) => shell`[ -e ${`/etc/apache2/mods-enabled/${name}.load`} ]`)
    .reduce((sum, each) => shell`${sum} && ${each}`);
  return shell`[ ! -e ${STALE} ] && ${hasText(available(site), text)} && [ -L ${enabled(site)} ] && [ ! -e ${PACKAGE_SITE} ] && ${loaded} && systemctl --quiet is-enabled apache2 && systemctl --quiet is-active apache2`;
}

function siteStep(context: Context, site: string, text: string, does: string): LayerStep {
  return {
    name: site === PLAIN ? 'serve HTTP' : 'serve HTTPS',
    does,
    done: siteIsRead(context, site, text),
    script: lines(
      shell`mkdir -p /run/rackwright ${ACME_ROOT}`,
      shell`: >${STALE}`,
      putText(available(site), text),
      shell`a2enmod -q ${modules(context)}`,
      shell`a2ensite -q ${site}`,
      shell`[ ! -e ${PACKAGE_SITE} ] || a2dissite -q 000-default`,
      shell`apache2ctl -t`,
      shell`systemctl --quiet enable apache2`,
      // A module that was not there before needs a start, not a reload.
      shell`systemctl restart apache2`,
      shell`rm -f ${STALE}`,
    ),
    deadlineMs: 120_000,
  };
}

function certificateSteps(context: Context): readonly LayerStep[] {
  const { certificate, acmeEmail = '' } = context.parameters;
  if (certificate === 'own') {
    const { address } = context;
    const step = makeOwnCertificate({ folder: TLS_FOLDER, names: namesOf(context), address });
    const script = lines(shell`mkdir -p /run/rackwright`, shell`: >${STALE}`, step.script);
    return [{ ...step, script }];
  }
  if (certificate === 'files') return [];
  const { certificate: file } = certificateOf(context);
  const domains = namesOf(context).flatMap((name) => ['-d', name]);
  return [
    {
      name: 'ask for a certificate',
      does: `Ask Let's Encrypt for a certificate for ${namesOf(context).join(', ')}, which asks this host by HTTP.`,
      done: namesOf(context)
        .map(
          (name) =>
            shell`openssl x509 -noout -checkhost ${name} -in ${file} 2>/dev/null | grep -q 'does match'`,
        )
        .reduce((sum, each) => shell`${sum} && ${each}`),
      script: shell`certbot certonly --non-interactive --agree-tos --email ${acmeEmail} --webroot --webroot-path ${ACME_ROOT} --cert-name ${hostnameOf(context)} --expand ${domains} --deploy-hook 'systemctl reload apache2'`,
      deadlineMs: 300_000,
    },
  ];
}

export const stopServing: LayerStep = {
  name: 'stop serving',
  does: 'Take its sites out of Apache.',
  done: [PLAIN, SECURE]
    .map((site) => shell`[ ! -e ${available(site)} ] && [ ! -L ${enabled(site)} ]`)
    .reduce((sum, each) => shell`${sum} && ${each}`),
  script: lines(
    shell`rm -f ${[PLAIN, SECURE].flatMap((site) => [enabled(site), available(site)])} ${STALE}`,
    shell`if systemctl --quiet is-active apache2; then
  [ ! -e /etc/apache2/sites-available/000-default.conf ] || a2ensite -q 000-default
  systemctl reload apache2
fi`,
  ),
  deadlineMs: 120_000,
};
