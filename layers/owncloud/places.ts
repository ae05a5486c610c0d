import { CodedError } from '../../model/index.ts';
import { shell } from '../../remote/index.ts';
import { type CertificateFiles, ownCertificateFiles } from '../parts/certificate.ts';
import type { Download } from '../parts/download.ts';
import type { LayerContext } from '../layer.ts';
import { mirrored } from '../parts/mirror.ts';
import { secretFile } from '../parts/secret-file.ts';
import { chooseRelease } from './edition.ts';
import type { Parameters } from './parameters.ts';

export type Context = LayerContext<Parameters>;

/** Served from here. Its releases come and go by renaming beside it, so that paths in its configuration stay true. */
export const TREE = '/var/www/owncloud';
/** The next release, before it is switched to, and the one before, until an upgrade has ended well. */
export const TREE_NEXT = '/var/www/owncloud.rackwright-next';
export const TREE_BEFORE = '/var/www/owncloud.rackwright-before';
export const BACKUPS = '/var/backups/owncloud';
export const STATE = '/var/lib/rackwright/owncloud';
/** What cannot be changed by laying it again: edition, administrator, data directory; one a line. */
export const LAID = `${STATE}/laid`;
/** There while an upgrade is under way; the backup to go back to is named in it. */
export const UPGRADING = `${STATE}/upgrading`;
export const CACHE = '/var/cache/rackwright/owncloud';
export const TLS_FOLDER = '/etc/rackwright/tls/owncloud';
export const ACME_ROOT = '/var/www/rackwright-acme';

export const SCALE_PROGRAM = '/usr/local/bin/ocis';
export const SCALE_SETTINGS = '/etc/ocis/rackwright.env';

export const ADMIN_SECRET = secretFile('owncloud', 'admin');
export const DATABASE_SECRET = secretFile('owncloud', 'database');

export function hostnameOf({ machineName, parameters: { hostname } }: Context): string {
  return hostname ?? machineName;
}

/** All names that it answers to, its first before all. */
export function namesOf(context: Context): readonly string[] {
  const more = context.parameters.trustedDomains?.split(',') ?? [];
  return [...new Set([hostnameOf(context), ...more])];
}

export function certificateOf(context: Context): CertificateFiles {
  const { certificate, certificateChain, certificateKey, certificateAuthority } = context.parameters;
  if (certificate === 'own') return ownCertificateFiles(TLS_FOLDER);
  const live = `/etc/letsencrypt/live/${hostnameOf(context)}`;
  return {
    certificate: certificateChain ?? `${live}/fullchain.pem`,
    key: certificateKey ?? `${live}/privkey.pem`,
    ...(certificateAuthority !== undefined && { authority: certificateAuthority }),
  };
}

export function releaseOf({ system, parameters }: Context) {
  return chooseRelease(system, parameters);
}

/** @throws CodedError REQUEST_INVALID without a checksum, LAYER_UNSUPPORTED */
export function downloadOf(context: Context): Download {
  const { sha256, mirror, adminName } = context.parameters;
  const { edition, version, url } = releaseOf(context);
  const refuse = (field: string, why: string) =>
    new CodedError('REQUEST_INVALID', `Layer owncloud: parameter ${field}: ${why}`, {
      layer: 'owncloud',
      field,
    });
  if (sha256 === undefined)
    throw refuse('sha256', `is needed: the SHA-256 of ${url}, as its vendor publishes it beside it`);
  if (edition === 'ocis' && adminName !== 'admin')
    throw refuse('adminName', 'is always admin with Infinite Scale');
  return { url: mirrored(url, mirror), sha256, path: `${CACHE}/${edition}-${version}` };
}

export const laidText = (context: Context) => {
  const { adminName, dataDirectory } = context.parameters;
  return `${releaseOf(context).edition}\n${adminName}\n${dataDirectory}\n`;
};

/** `occ …` as the web server's user, who owns its configuration. Passwords come by the environment alone. */
export const defineOcc = shell`occ() { (cd ${TREE} && runuser -u www-data -- php occ --no-interaction --no-ansi "$@"); }`;

/** Prints the version of a tree, or nothing. */
export const defineVersionOf = shell`version_of() { sed -n 's/^\\$OC_VersionString *= *.\\([0-9.]*\\).*/\\1/p' "$1/version.php" 2>/dev/null || true; }`;
