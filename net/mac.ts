declare const macBrand: unique symbol;
/** A 48-bit hardware address in lower case with colons: `52:54:00:78:00:10`. */
export type Mac = string & { readonly [macBrand]: true };

/** Accepts `:`, `-` and bare hexadecimal, either case. Undefined when the text is no MAC. */
export function parseMac(text: string): Mac | undefined {
  const separated = /^([0-9a-f]{2})([:-]?)([0-9a-f]{2})(?:\2[0-9a-f]{2}){4}$/i.test(text);
  if (!separated) return undefined;
  const digits = text.replace(/[:-]/g, '').toLowerCase();
  return digits.length === 12 ? macFromHex(digits) : undefined;
}

export function macFromBytes(bytes: Uint8Array): Mac {
  if (bytes.length !== 6) throw new RangeError(`a MAC has 6 bytes, not ${bytes.length}`);
  return macFromHex(Buffer.from(bytes).toString('hex'));
}

export function macToBytes(mac: Mac): Uint8Array {
  return Uint8Array.from(Buffer.from(mac.replaceAll(':', ''), 'hex'));
}

/** `52-54-00-78-00-10`, as iPXE's `hexhyp` and pxelinux's BOOTIF write it. */
export function macWithHyphens(mac: Mac): string {
  return mac.replaceAll(':', '-');
}

function macFromHex(digits: string): Mac {
  return (digits.match(/../g) as string[]).join(':') as Mac;
}
