import type { Ipv4 } from '../../net/index.ts';

export interface TftpFile {
  readonly size: number;
  /** Exactly `length` bytes, or fewer at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A name is a key and never a path: nothing that a client sends is ever joined to a directory. */
export type TftpLookup = (name: string, client: Ipv4) => Promise<TftpFile | undefined>;

/** Files by their exact names. A client that asks for `/snponly.efi` gets it if the table says so. */
export function tableLookup(files: ReadonlyMap<string, Uint8Array>): TftpLookup {
  return async (name) => {
    const bytes = files.get(name);
    return (
      bytes && { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
    );
  };
}
