import type { Ipv4 } from '../net/index.ts';
import { lines, shell } from '../remote/index.ts';
import { hasText, putText } from './file-step.ts';
import type { LayerStep } from './layer.ts';

/** Where the certificate of a server is; programs that are root when they start read the key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** Of whom to trust, where it is none that everybody trusts. */
  readonly authority?: string;
}

interface Order {
  /** `/etc/rackwright/tls/LAYER` */
  readonly folder: string;
  /** Lower case; may begin with `*.`. */
  readonly names: readonly string[];
  readonly address: Ipv4;
}

export function ownCertificateFiles(folder: string): Required<CertificateFiles> {
  return {
    certificate: `${folder}/server.crt`,
    key: `${folder}/server.key`,
    authority: `${folder}/authority.crt`,
  };
}

/** x509v3_config(5). */
function configText({ names, address }: Order): string {
  const alternatives = [...names.map((name) => `DNS:${name}`), `IP:${address}`].join(',');
  return `[req]
prompt = no
distinguished_name = name
[name]
CN = ${names[0]}
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = ${alternatives}
authorityKeyIdentifier = keyid
`;
}

/** Its authority is made once; the certificate again when its names change, and 30 days before it ends. */
export function makeOwnCertificate(order: Order): LayerStep {
  const { folder, names } = order;
  const { certificate, key, authority } = ownCertificateFiles(folder);
  const [config, text] = [`${folder}/request.cnf`, configText(order)];
  const authorityKey = `${folder}/authority.key`;
  return {
    name: 'make the certificate',
    does: `Make an authority of its own in ${authority}, and its certificate for ${names.join(', ')}.`,
    done: shell`${hasText(config, text)} && openssl x509 -noout -checkend 2592000 -in ${certificate} >/dev/null 2>&1 && openssl verify -CAfile ${authority} ${certificate} >/dev/null 2>&1`,
    script: lines(
      shell`umask 022`,
      shell`mkdir -p ${folder}`,
      shell`umask 077`,
      shell`draft=$(mktemp -d)`,
      shell`trap 'rm -rf "$draft"' EXIT`,
      shell`rm -f ${config}`,
      shell`printf %s ${text} >"$draft/config"`,
      shell`if ! openssl x509 -noout -checkend 77760000 -in ${authority} >/dev/null 2>&1 || [ ! -s ${authorityKey} ]; then
  openssl ecparam -name prime256v1 -genkey -noout -out ${authorityKey}
  openssl req -new -x509 -config "$draft/config" -extensions authority -subj ${`/CN=Authority of ${names[0]}`} -days 3650 -key ${authorityKey} -out "$draft/authority.crt"
  chmod 0644 "$draft/authority.crt"
  mv "$draft/authority.crt" ${authority}
fi`,
      shell`openssl ecparam -name prime256v1 -genkey -noout -out "$draft/server.key"`,
      shell`openssl req -new -config "$draft/config" -key "$draft/server.key" -out "$draft/request"`,
      shell`openssl x509 -req -in "$draft/request" -CA ${authority} -CAkey ${authorityKey} -set_serial "0x$(openssl rand -hex 16)" -days 820 -extfile "$draft/config" -extensions server -out "$draft/server.crt"`,
      shell`chmod 0644 "$draft/server.crt"`,
      shell`mv "$draft/server.key" ${key}`,
      shell`mv "$draft/server.crt" ${certificate}`,
      putText(config, text),
      shell`echo trust ${authority}: "SHA-256 $(openssl x509 -noout -fingerprint -sha256 -in ${authority} | cut -d = -f 2)"`,
    ),
    deadlineMs: 120_000,
  };
}
