import { lines, type Shell, shell } from '../../remote/index.ts';
import { makeOwnCertificate } from '../parts/certificate.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { siteText } from './config.ts';
import { certificateOf, type Context, hostnameOf, TLS_FOLDER } from './places.ts';

export const SITE = '/etc/nginx/sites-available/rackwright-cozy';
const ENABLED = '/etc/nginx/sites-enabled/rackwright-cozy';
/** Written before the configuration is, removed when nginx has read it. A restart of the machine needs no reload. */
const STALE = '/run/rackwright/cozy-nginx-to-reload';

export function serves(context: Context): Shell {
  const text = siteText(hostnameOf(context), certificateOf(context));
  return shell`[ ! -e ${STALE} ] && ${hasText(SITE, text)} && [ -L ${ENABLED} ] && systemctl --quiet is-enabled nginx && systemctl --quiet is-active nginx`;
}

/** Applications are names below the instance's: the certificate is for all of them. */
export function serveCozy(context: Context): readonly LayerStep[] {
  const host = hostnameOf(context);
  const names = [host, `*.${host}`];
  const own = makeOwnCertificate({ folder: TLS_FOLDER, names, address: context.address });
  const stale = lines(shell`mkdir -p /run/rackwright`, shell`: >${STALE}`);
  return [
    ...(context.parameters.certificate === 'own' ? [{ ...own, script: lines(stale, own.script) }] : []),
    {
      name: 'serve HTTPS',
      does: `Serve https://${host}/ and every name below it, redirect HTTP, and say that it is never HTTP.`,
      done: serves(context),
      script: lines(
        stale,
        putText(SITE, siteText(host, certificateOf(context))),
        shell`ln -sfn ${SITE} ${ENABLED}`,
        shell`nginx -q -t`,
        shell`systemctl --quiet enable nginx`,
        shell`systemctl reload-or-restart nginx`,
        shell`rm -f ${STALE}`,
      ),
      deadlineMs: 120_000,
    },
  ];
}

export const stopServing: LayerStep = {
  name: 'stop serving',
  does: 'Take its site out of nginx.',
  done: shell`[ ! -e ${SITE} ] && [ ! -L ${ENABLED} ]`,
  script: lines(
    shell`rm -f ${[ENABLED, SITE, STALE]}`,
    shell`! systemctl --quiet is-active nginx || systemctl reload nginx`,
  ),
  deadlineMs: 60_000,
};
