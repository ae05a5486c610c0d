export interface ByteTail {
  push(chunk: Uint8Array): void;
  text(): string;
}

/** Keeps the last bytes of a stream, whatever its length. */
export function byteTail(limit: number): ByteTail {
  let kept = Buffer.alloc(0);
  return {
    push(chunk) {
      kept = Buffer.concat([kept, chunk.subarray(-limit)]).subarray(-limit);
    },
    // A cut may fall into a UTF-8 sequence: continuation bytes (10xxxxxx) at the start say nothing.
    text() {
      const start = kept.findIndex((byte) => (byte & 0xc0) !== 0x80);
      return kept.subarray(Math.max(0, start)).toString();
    },
  };
}
