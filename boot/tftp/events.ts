import type { Ipv4 } from '../../net/index.ts';

/** Constant words and fields. */
export type TftpEvent =
  | {
      readonly kind: 'tftp';
      readonly client: Ipv4;
      readonly file: string;
      /**
       * `not-found` and `refused` end before they start. `aborted`: the client said stop, as firmware does that only
       * wanted the size. `silent`: it stopped answering.
       */
      readonly outcome: 'started' | 'completed' | 'aborted' | 'silent' | 'failed' | 'not-found' | 'refused';
      /** Bytes that the client acknowledged. */
      readonly bytes: number;
      readonly ms: number;
    }
  /** At most one a reason in ten seconds; `count` says how many there were since the last. */
  | { readonly kind: 'tftp-dropped'; readonly reason: string; readonly count: number };
