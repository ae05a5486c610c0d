/** IPMI Platform Management FRU Information Storage Definition v1.3: a chassis' and a product's name plate. */
export function fruImage(plate: { maker: string; product: string; serial: string }, size = 512): Buffer {
  // Section 11: chassis area; 0x17 is a rack mount chassis (SMBIOS table 17).
  const chassis = area([0x17], [plate.product, plate.serial]);
  // Section 13: product area; 0x19 is English.
  const product = area([0x19], [plate.maker, plate.product, plate.product, '1', plate.serial, '', '']);
  const header = Buffer.alloc(8);
  const productAt = header.length + chassis.length;
  header[0] = 1;
  header[2] = header.length / 8;
  header[4] = productAt / 8;
  header[7] = checksum(header);
  const image = Buffer.concat([header, chassis, product]);
  if (image.length > size) throw new RangeError(`a FRU of ${image.length} bytes does not fit into ${size}`);
  return Buffer.concat([image, Buffer.alloc(size - image.length)]);
}

/** Format version, length in eights, fields of type/length bytes, end mark, padding, checksum. */
function area(head: readonly number[], fields: readonly string[]): Buffer {
  const body = [1, 0, ...head, ...fields.flatMap(field), 0xc1];
  const length = Math.ceil((body.length + 1) / 8) * 8;
  const bytes = Buffer.alloc(length);
  bytes.set(body);
  bytes[1] = length / 8;
  bytes[length - 1] = checksum(bytes);
  return bytes;
}

/** Section 13 of the type/length byte: 11b is 8-bit ASCII; a length of one is reserved for the end mark. */
function field(text: string): number[] {
  const bytes = Buffer.from(text.length === 1 ? `${text} ` : text, 'latin1').subarray(0, 63);
  return [0xc0 | bytes.length, ...bytes];
}

function checksum(bytes: Uint8Array): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}
