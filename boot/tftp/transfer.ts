import type { Terms } from './negotiate.ts';

/**
 * The sending side of a read request as a pure machine (RFC 1350 section 2, RFC 7440 section 4). Blocks are counted from
 * 1 without end; only the wire knows 16 bits of them.
 *
 *                  ack 0                 ack of the last block
 *     greeting ─────────────▶ sending ─────────────────────────▶ done
 *        │                      │  ▲
 *        │                      └──┘ ack, timeout
 *        └──────────────────────┴────────▶ failed   (too many timeouts, error from the client)
 */
export interface Transfer {
  readonly terms: Terms;
  readonly phase: 'greeting' | 'sending' | 'done' | 'failed';
  /** All blocks up to this one have arrived. */
  readonly acked: number;
  /** The last block that was sent. */
  readonly sent: number;
  /** Timeouts since the last progress. */
  readonly silent: number;
  /** The current window was sent again because its first block was lost. */
  readonly repeated: boolean;
}

export type TransferInput =
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'error' };

export interface Step {
  readonly transfer: Transfer;
  /** What to send now. Blocks `first` to `last`, both included. */
  readonly send?:
    | { readonly kind: 'oack' }
    | { readonly kind: 'blocks'; readonly first: number; readonly last: number };
  /** Start waiting anew for this long. Without it, an earlier wait goes on; it ends with `done` and `failed`. */
  readonly waitMs?: number;
}

/** With back-off from one second to eight: 31 s of silence, longer than a switch port that renegotiates its link. */
const mostSilent = 6;
const longestWaitMs = 8000;

/** The last block is shorter than the others; a file of whole blocks ends with an empty one (RFC 1350 section 6). */
export function blockCount(terms: Pick<Terms, 'size' | 'blockSize'>): number {
  return Math.floor(terms.size / terms.blockSize) + 1;
}

export function startTransfer(terms: Terms): Step {
  const fresh = { terms, acked: 0, sent: 0, silent: 0, repeated: false };
  if (!terms.agreed) return sendWindow({ ...fresh, phase: 'sending' });
  return { transfer: { ...fresh, phase: 'greeting' }, send: { kind: 'oack' }, waitMs: terms.timeoutMs };
}

export function advance(transfer: Transfer, input: TransferInput): Step {
  if (transfer.phase === 'done' || transfer.phase === 'failed') return { transfer };
  switch (input.kind) {
    case 'error':
      return { transfer: { ...transfer, phase: 'failed' } };
    case 'timeout':
      return onTimeout(transfer);
    case 'ack':
      return onAck(transfer, input.block);
  }
}

function onAck(transfer: Transfer, block: number): Step {
  const { terms, acked, sent } = transfer;
  if (transfer.phase === 'greeting') {
    // RFC 2347: the client acknowledges an OACK with block 0.
    return block === 0 ? sendWindow({ ...transfer, phase: 'sending', silent: 0 }) : { transfer };
  }
  // Block numbers roll over to 0 after 65535: the one distance that lies within the window is meant.
  const reached = acked + ((block - acked) & 0xffff);
  if (reached > sent) return { transfer };
  if (reached === acked) {
    // RFC 1123 section 4.2.3.1: a repeated acknowledgement is never answered, or every block goes out twice from there.
    // With a window it may also say that its first block was lost (RFC 7440 section 4): believed once a window.
    if (terms.windowSize === 1 || transfer.repeated || acked === 0) return { transfer };
    return sendWindow({ ...transfer, repeated: true });
  }
  if (reached === blockCount(terms)) return { transfer: { ...transfer, acked: reached, phase: 'done' } };
  return sendWindow({ ...transfer, acked: reached, silent: 0, repeated: false });
}

function onTimeout(transfer: Transfer): Step {
  const silent = transfer.silent + 1;
  if (silent >= mostSilent) return { transfer: { ...transfer, silent, phase: 'failed' } };
  const again = { ...transfer, silent };
  if (transfer.phase === 'greeting')
    return { transfer: again, send: { kind: 'oack' }, waitMs: waitOf(again) };
  return sendWindow(again);
}

function sendWindow(transfer: Transfer): Step {
  const { terms, acked } = transfer;
  const last = Math.min(acked + terms.windowSize, blockCount(terms));
  return {
    transfer: { ...transfer, sent: last },
    send: { kind: 'blocks', first: acked + 1, last },
    waitMs: waitOf(transfer),
  };
}

function waitOf({ terms, silent }: Transfer): number {
  return terms.fixedTimeout ? terms.timeoutMs : Math.min(terms.timeoutMs * 2 ** silent, longestWaitMs);
}
