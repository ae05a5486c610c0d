import { lines, type Shell, shell } from '../../remote/index.ts';
import { type CertificateOrder, certificateStep, ownCertificateFiles, requestText } from './certificate.ts';
import type { LayerStep } from '../layer.ts';

/** Of an authority that several machines have: `seed` is the file of a secret that is the same on all of them. */
export type SharedOrder = CertificateOrder & { readonly seed: string };

/**
 * `authority_key` prints it. A private key of P-256 is a number, and SHA-256 makes one of the secret that nobody else
 * has; SEC 1 (RFC 5915) has room for it without the public half. Ed25519 would need no hash, and browsers take no
 * certificate that it signed. Secret bytes pass through pipes alone.
 */
function defineAuthorityKey(seed: string): Shell {
  return shell`authority_key() {
  {
    printf '\\060\\061\\002\\001\\001\\004\\040'
    { printf 'authority '; cat ${seed}; } | openssl dgst -sha256 -binary
    printf '\\240\\012\\006\\010\\052\\206\\110\\316\\075\\003\\001\\007'
  } | openssl pkey -inform DER
}`;
}

/** Exit status 0 when it is that key's, and good for 90 days more. */
function isAuthority(authority: string): Shell {
  return shell`openssl x509 -noout -checkend 7776000 -in ${authority} >/dev/null 2>&1 && [ "$(openssl x509 -noout -pubkey -in ${authority})" = "$(authority_key | openssl pkey -pubout)" ]`;
}

/** Each machine signs its own copy: who trusts one of them trusts what any of them signed, for key and name are the same. */
export function makeSharedAuthority(order: SharedOrder): LayerStep {
  const { folder, names, seed } = order;
  const { authority } = ownCertificateFiles(folder);
  return {
    name: 'make the authority',
    does: `Make the authority that all these machines trust, ${authority}, of the secret that all of them have.`,
    done: shell`{
${defineAuthorityKey(seed)}
${isAuthority(authority)}
}`,
    script: lines(
      defineAuthorityKey(seed),
      shell`umask 022`,
      shell`mkdir -p ${folder}`,
      shell`umask 077`,
      shell`draft=$(mktemp -d)`,
      shell`trap 'rm -rf "$draft"' EXIT`,
      shell`printf %s ${requestText(order)} >"$draft/config"`,
      shell`authority_key | openssl req -new -x509 -config "$draft/config" -extensions authority -subj ${`/CN=Authority of ${names[0]}`} -days 3650 -key /dev/stdin -out "$draft/authority.crt"`,
      shell`chmod 0644 "$draft/authority.crt"`,
      shell`mv "$draft/authority.crt" ${authority}`,
      shell`${isAuthority(authority)} || { echo 'the authority was not made'; exit 1; }`,
    ),
    deadlineMs: 60_000,
  };
}

/** Where the server is. The authority is there before it. */
export function makeSharedCertificate(order: SharedOrder): LayerStep {
  return certificateStep(order, {
    does: `Have the authority of these machines sign the certificate of ${order.names.join(', ')}.`,
    prepare: defineAuthorityKey(order.seed),
    keyFile: '/dev/stdin',
    printKey: shell`authority_key`,
  });
}
