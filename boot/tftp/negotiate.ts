import type { TftpOptions } from './packet.ts';
import { optionName } from './registry.ts';

/** What a transfer runs by. */
export interface Terms {
  readonly size: number;
  readonly blockSize: number;
  readonly windowSize: number;
  /** First wait for an acknowledgement. */
  readonly timeoutMs: number;
  /** The client chose the wait, so it does not grow. */
  readonly fixedTimeout: boolean;
  /** What was agreed, for the OACK; undefined when the client asked for nothing that we take. */
  readonly agreed?: TftpOptions;
}

/** 1500 of Ethernet less IP (20), UDP (8) and TFTP (4): one lost fragment of a larger block costs the whole block. */
const largestBlock = 1468;
/** Firmware that asks for a window at all has room for this many blocks in its receive ring. */
const largestWindow = 16;
const defaultBlock = 512; // RFC 1350 section 2
const defaultTimeoutMs = 1000;

/** RFC 2347: an option that is not acknowledged counts as not asked; values out of range are treated so, not punished. */
export function negotiate(options: TftpOptions, size: number): Terms {
  const agreed = new Map<string, string>();
  const agree = (name: string, value: number): number => {
    agreed.set(name, String(value));
    return value;
  };
  let blockSize = defaultBlock;
  let windowSize = 1;
  let timeoutMs = defaultTimeoutMs;
  let fixedTimeout = false;
  for (const [name, text] of options) {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
    if (value === undefined) continue;
    // RFC 2348: 8 to 65464, and the server may answer with less.
    if (name === optionName.blockSize && value >= 8 && value <= 65464) {
      blockSize = agree(name, Math.min(value, largestBlock));
    }
    // RFC 7440 section 4: 1 to 65535, and the server may answer with less.
    if (name === optionName.windowSize && value >= 1 && value <= 65535) {
      windowSize = agree(name, Math.min(value, largestWindow));
    }
    // RFC 2349: 1 to 255 seconds, and the server answers with the same or not at all.
    if (name === optionName.timeout && value >= 1 && value <= 255) {
      timeoutMs = agree(name, value) * 1000;
      fixedTimeout = true;
    }
    // RFC 2349: the client of a read request sends 0 and learns the size.
    if (name === optionName.transferSize) agree(name, size);
  }
  return { size, blockSize, windowSize, timeoutMs, fixedTimeout, ...(agreed.size > 0 && { agreed }) };
}
