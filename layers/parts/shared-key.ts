import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { secretFile } from './secret-file.ts';

/**
 * A layer's SSH key without a way for it from machine to machine: 32 bytes are all that a private key of Ed25519 is
 * (RFC 8032, 5.1.5), and every machine of the layer has the same 32 letters and digits as its secret `seed`. Each makes its
 * half of them. Secret bytes pass through pipes alone.
 */
export const keySeed = 'seed';

function halves(layer: string): Shell {
  const seed = secretFile(layer, keySeed);
  return lines(
    // PKCS #8 (RFC 8410, 7), then the key; the answer ends with the 32 bytes of the public one.
    shell`public() { { printf '\\060\\056\\002\\001\\000\\060\\005\\006\\003\\053\\145\\160\\004\\042\\004\\040'; cat ${seed}; } | openssl pkey -inform DER -pubout -outform DER | tail -c 32; }`,
    shell`blob() { printf '\\000\\000\\000\\013ssh-ed25519\\000\\000\\000\\040'; public; }`,
  );
}

/** Reads `$line`: what goes into authorized_keys and into the `.pub`. */
export function publicLine(layer: string): Shell {
  return lines(halves(layer), shell`line="ssh-ed25519 $(blob | base64 -w 0) "${`rackwright-${layer}`}`);
}

/** Container of OpenSSH (PROTOCOL.key): its ssh of Debian 12 does not read PKCS #8 of this kind of key. */
function privateText(layer: string): Shell {
  return shell`echo '-----BEGIN OPENSSH PRIVATE KEY-----'
{
  printf 'openssh-key-v1\\000\\000\\000\\000\\004none\\000\\000\\000\\004none\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\063'
  blob
  printf '\\000\\000\\000\\210rackrack'
  blob
  printf '\\000\\000\\000\\100'
  cat ${secretFile(layer, keySeed)}
  public
  printf '\\000\\000\\000\\004rack\\001'
} | base64 -w 70
echo '-----END OPENSSH PRIVATE KEY-----'`;
}

/** Of the one machine that logs in to the others. */
export function makeKey(layer: string, file: string, who: string): LayerStep {
  return {
    name: 'make the key',
    does: `Make the SSH key of the ${who}, ${file}, of the secret that all machines of the layer have.`,
    done: lines(
      publicLine(layer),
      shell`[ "$(stat -c '%U %a' ${file} 2>/dev/null)" = 'root 600' ] && [ "$(cat ${file}.pub 2>/dev/null)" = "$line" ] && [ "$(ssh-keygen -y -f ${file} | cut -d ' ' -f 2)" = "$(echo "$line" | cut -d ' ' -f 2)" ]`,
    ),
    script: lines(
      publicLine(layer),
      shell`umask 077`,
      shell`mkdir -p ${file.slice(0, file.lastIndexOf('/'))}`,
      shell`{\n${privateText(layer)}\n} >${file}.new`,
      shell`[ "$(ssh-keygen -y -f ${file}.new | cut -d ' ' -f 2)" = "$(echo "$line" | cut -d ' ' -f 2)" ]`,
      shell`mv ${file}.new ${file}`,
      shell`echo "$line" >${file}.pub.new`,
      shell`mv ${file}.pub.new ${file}.pub`,
    ),
    deadlineMs: 60_000,
  };
}

export function dropKey(file: string): Shell {
  return shell`rm -f ${[file, `${file}.new`, `${file}.pub`, `${file}.pub.new`]}`;
}
