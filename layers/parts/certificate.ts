import type { Ipv4 } from '../../net/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from './file-step.ts';
import type { LayerStep } from '../layer.ts';

/** Where the certificate of a server is; programs that are root when they start read the key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** Of whom to trust, where it is none that everybody trusts. */
  readonly authority?: string;
}

export interface CertificateOrder {
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
export function requestText({ names, address }: CertificateOrder): string {
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
export function makeOwnCertificate(order: CertificateOrder): LayerStep {
  const { folder, names } = order;
  const { authority } = ownCertificateFiles(folder);
  const authorityKey = `${folder}/authority.key`;
  return certificateStep(order, {
    does: `Make an authority of its own in ${authority}, and its certificate for ${names.join(', ')}.`,
    prepare: shell`if ! openssl x509 -noout -checkend 77760000 -in ${authority} >/dev/null 2>&1 || [ ! -s ${authorityKey} ]; then
  openssl ecparam -name prime256v1 -genkey -noout -out ${authorityKey}
  openssl req -new -x509 -config "$draft/config" -extensions authority -subj ${`/CN=Authority of ${names[0]}`} -days 3650 -key ${authorityKey} -out "$draft/authority.crt"
  chmod 0644 "$draft/authority.crt"
  mv "$draft/authority.crt" ${authority}
fi`,
    keyFile: authorityKey,
  });
}

interface Authority {
  readonly does: string;
  /** `$draft/config` is there; afterwards the authority's certificate is in its place. */
  readonly prepare: Shell;
  readonly keyFile: string;
  /** Where the key is in no file: what writes it to `keyFile`, which is /dev/stdin. */
  readonly printKey?: Shell;
}

export function certificateStep(
  order: CertificateOrder,
  { does, prepare, keyFile, printKey }: Authority,
): LayerStep {
  const { folder } = order;
  const { certificate, key, authority } = ownCertificateFiles(folder);
  const [config, text] = [`${folder}/request.cnf`, requestText(order)];
  const pipe = printKey ? shell`${printKey} | ` : shell``;
  return {
    name: 'make the certificate',
    does,
    done: shell`${hasText(config, text)} && openssl x509 -noout -checkend 2592000 -in ${certificate} >/dev/null 2>&1 && openssl verify -CAfile ${authority} ${certificate} >/dev/null 2>&1`,
    script: lines(
      shell`umask 022`,
      shell`mkdir -p ${folder}`,
      shell`umask 077`,
      shell`draft=$(mktemp -d)`,
      shell`trap 'rm -rf "$draft"' EXIT`,
      shell`rm -f ${config}`,
      shell`printf %s ${text} >"$draft/config"`,
      prepare,
      shell`openssl ecparam -name prime256v1 -genkey -noout -out "$draft/server.key"`,
      shell`openssl req -new -config "$draft/config" -key "$draft/server.key" -out "$draft/request"`,
      shell`${pipe}openssl x509 -req -in "$draft/request" -CA ${authority} -CAkey ${keyFile} -set_serial "0x$(openssl rand -hex 16)" -days 820 -extfile "$draft/config" -extensions server -out "$draft/server.crt"`,
      shell`chmod 0644 "$draft/server.crt"`,
      shell`mv "$draft/server.key" ${key}`,
      shell`mv "$draft/server.crt" ${certificate}`,
      putText(config, text),
      shell`echo trust ${authority}: "SHA-256 $(openssl x509 -noout -fingerprint -sha256 -in ${authority} | cut -d = -f 2)"`,
    ),
    deadlineMs: 120_000,
  };
}
