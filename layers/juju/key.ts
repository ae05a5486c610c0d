import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { DATA, SEED } from './places.ts';

/** Where the client looks for keys of its own. */
export const KEY = `${DATA}/ssh/juju_id_ed25519`;

/**
 * The controller's key without a way for it from machine to machine: 32 bytes are all that a private key of Ed25519 is
 * (RFC 8032, 5.1.5), and every machine of the layer has the same 32 letters and digits as a secret. Each makes its half
 * of them. Secret bytes pass through pipes alone.
 */
const halves: Shell = lines(
  // PKCS #8 (RFC 8410, 7), then the key; the answer ends with the 32 bytes of the public one.
  shell`public() { { printf '\\060\\056\\002\\001\\000\\060\\005\\006\\003\\053\\145\\160\\004\\042\\004\\040'; cat ${SEED}; } | openssl pkey -inform DER -pubout -outform DER | tail -c 32; }`,
  shell`blob() { printf '\\000\\000\\000\\013ssh-ed25519\\000\\000\\000\\040'; public; }`,
);

/** Reads `$line`: what goes into authorized_keys and into the `.pub`. */
export const publicLine: Shell = lines(
  halves,
  shell`line="ssh-ed25519 $(blob | base64 -w 0) rackwright-juju"`,
);

/** Container of OpenSSH (PROTOCOL.key): its ssh of Debian 12 does not read PKCS #8 of this kind of key. */
const privateText: Shell = shell`echo '-----BEGIN OPENSSH PRIVATE KEY-----'
{
  printf 'openssh-key-v1\\000\\000\\000\\000\\004none\\000\\000\\000\\004none\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\063'
  blob
  printf '\\000\\000\\000\\210rackrack'
  blob
  printf '\\000\\000\\000\\100'
  cat ${SEED}
  public
  printf '\\000\\000\\000\\004juju\\001'
} | base64 -w 70
echo '-----END OPENSSH PRIVATE KEY-----'`;

const hasKey: Shell = lines(
  publicLine,
  shell`[ "$(stat -c '%U %a' ${KEY} 2>/dev/null)" = 'root 600' ] && [ "$(cat ${KEY}.pub 2>/dev/null)" = "$line" ] && [ "$(ssh-keygen -y -f ${KEY} | cut -d ' ' -f 2)" = "$(echo "$line" | cut -d ' ' -f 2)" ]`,
);

export const makeKey: LayerStep = {
  name: 'make the key',
  does: `Make the SSH key of the controller, ${KEY}, of the secret that all machines of the layer have.`,
  done: hasKey,
  script: lines(
    publicLine,
    shell`umask 077`,
    shell`mkdir -p ${DATA}/ssh`,
    shell`{\n${privateText}\n} >${KEY}.new`,
    shell`[ "$(ssh-keygen -y -f ${KEY}.new | cut -d ' ' -f 2)" = "$(echo "$line" | cut -d ' ' -f 2)" ]`,
    shell`mv ${KEY}.new ${KEY}`,
    shell`echo "$line" >${KEY}.pub.new`,
    shell`mv ${KEY}.pub.new ${KEY}.pub`,
  ),
  deadlineMs: 60_000,
};

export const dropKey: Shell = shell`rm -f ${[KEY, `${KEY}.new`, `${KEY}.pub`, `${KEY}.pub.new`]}`;
