import { type CertificateFiles, ownCertificateFiles } from '../parts/certificate.ts';
import { controllerOf } from './duties.ts';
import type { Context } from './parameters.ts';
import { TLS_FOLDER } from './paths.ts';

/** Of the operator's public certificate: whom the distribution trusts. */
const PUBLIC = '/etc/ssl/certs/ca-certificates.crt';

export function tlsOf({ parameters }: Pick<Context, 'parameters'>): Required<CertificateFiles> {
  const { certificateChain, certificateKey, certificateAuthority } = parameters;
  if (certificateChain === undefined || certificateKey === undefined) return ownCertificateFiles(TLS_FOLDER);
  return {
    certificate: certificateChain,
    key: certificateKey,
    authority: certificateAuthority ?? PUBLIC,
  };
}

/** By which the controller is known; the first is its own. */
export function namesOf(context: Context): readonly string[] {
  const { hostname } = context.parameters;
  const own = controllerOf(context).name.toLowerCase();
  return [...new Set([own, ...(hostname === undefined ? [] : [hostname])])];
}
