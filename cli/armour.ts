/**
 * A key ring as text: as it is, or, when it is binary as gpg and the distributions write it, in ASCII armour (RFC 9580,
 * section 6.2; the checksum is optional there).
 */
export function armoured(keyring: Uint8Array): string {
  const text = Buffer.from(keyring).toString('latin1');
  if (text.trimStart().startsWith('-----BEGIN ')) return text;
  const base64 = Buffer.from(keyring).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${base64.trimEnd()}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
}
