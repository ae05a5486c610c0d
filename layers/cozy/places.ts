import { CodedError } from '../../model/index.ts';
import { shell } from '../../remote/index.ts';
import type { VendorArchive } from '../parts/archive.ts';
import { type CertificateFiles, ownCertificateFiles } from '../parts/certificate.ts';
import type { Download } from '../parts/download.ts';
import type { LayerContext } from '../layer.ts';
import { mirrored } from '../parts/mirror.ts';
import { secretFile } from '../parts/secret-file.ts';
import type { Parameters } from './parameters.ts';

export type Context = LayerContext<Parameters>;

export const PROGRAM = '/usr/local/bin/cozy-stack';
export const CONFIG = '/etc/cozy/cozy.yml';
/** Of the unit, and of commands: CouchDB's password and the administrator's. Root's alone. */
export const ENVIRONMENT = '/etc/cozy/rackwright.env';
export const DATA = '/var/lib/cozy';
export const STATE = '/var/lib/rackwright/cozy';
/** The name of the first instance, which stays. */
export const LAID = `${STATE}/laid`;
export const TLS_FOLDER = '/etc/rackwright/tls/cozy';
export const UNIT = '/etc/systemd/system/cozy-stack.service';

export const secret = (name: 'couchdb' | 'admin' | 'passphrase') => secretFile('cozy', name);

/** Suites of the archive of CouchDB are the distribution's code names. */
const codenames: Readonly<Record<string, string>> = {
  'debian/12': 'bookworm',
  'debian/13': 'trixie',
  'ubuntu/22.04': 'jammy',
  'ubuntu/24.04': 'noble',
};

/** Of its archive among apt's sources. */
export const COUCHDB = 'couchdb';

/**
 * https://docs.couchdb.org: installation on Unix-like systems. No distribution has CouchDB in its own archive.
 * @throws CodedError REQUEST_INVALID without its address
 */
export function couchdbArchive({
  system,
  parameters: { couchdbArchive: url, couchdbFingerprint },
}: Context): VendorArchive {
  if (url === undefined)
    throw new CodedError(
      'REQUEST_INVALID',
      'Layer cozy: parameter couchdbArchive: is needed: the address of the packages, as the installation page of CouchDB says it',
      { layer: 'cozy', field: 'couchdbArchive' },
    );
  return {
    name: COUCHDB,
    keyUrl: 'https://couchdb.apache.org/repo/keys.asc',
    fingerprint: couchdbFingerprint,
    url,
    suite: codenames[system] ?? 'bookworm',
    components: ['main'],
  };
}

export function hostnameOf({ machineName, parameters: { hostname } }: Context): string {
  return hostname ?? machineName;
}

export function certificateOf({ parameters }: Context): CertificateFiles {
  const { certificateChain, certificateKey, certificateAuthority } = parameters;
  if (certificateChain === undefined || certificateKey === undefined) return ownCertificateFiles(TLS_FOLDER);
  return {
    certificate: certificateChain,
    key: certificateKey,
    ...(certificateAuthority !== undefined && { authority: certificateAuthority }),
  };
}

/** @throws CodedError REQUEST_INVALID without a checksum */
export function downloadOf({ parameters: { sha256, download, version, mirror } }: Context): Download {
  const from =
    download ??
    `https://github.com/cozy/cozy-stack/releases/download/${version}/cozy-stack-linux-amd64-${version}`;
  if (sha256 === undefined)
    throw new CodedError(
      'REQUEST_INVALID',
      `Layer cozy: parameter sha256: is needed: the SHA-256 of ${from}, as its vendor publishes it beside it`,
      { layer: 'cozy', field: 'sha256' },
    );
  return { url: mirrored(from, mirror), sha256, path: `${PROGRAM}.rackwright-new` };
}

/** `cozy …`: the command with the administrator's password, which it takes from the environment. */
export const defineCozy = shell`cozy() { (set -a && . ${ENVIRONMENT} && exec ${PROGRAM} --config ${CONFIG} "$@"); }`;
