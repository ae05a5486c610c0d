/**
 * A key ring as text: as it is, or, when it is binary as gpg and the distributions write it, in ASCII armour (RFC 9580,
 * section 6.2; the checksum is optional there).
 */
export function armoured(keyring: Uint8Array): string {
  return inArmour(keyring, 'PUBLIC KEY BLOCK');
}

/** A detached signature, likewise. */
export function armouredSignature(signature: Uint8Array): string {
  return inArmour(signature, 'SIGNATURE');
}

function inArmour(bytes: Uint8Array, what: string): string {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.trimStart().startsWith('-----BEGIN ')) return text;
  const base64 = Buffer.from(bytes).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN PGP ${what}-----\n\n${base64.trimEnd()}\n-----END PGP ${what}-----\n`;
}
