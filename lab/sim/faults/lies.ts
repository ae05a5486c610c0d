import type { Faults } from './fault.ts';

export type Lie =
  /** The list of disks is no JSON. */
  | 'broken-json'
  /** The inventory ends in the middle. */
  | 'cut-off'
  /** Tens of megabytes. */
  | 'huge-output'
  /** Escape sequences, bidi marks and NULs in every name. */
  | 'control-characters'
  /** The log of a job never ends. */
  | 'log-flood'
  /** At its next boot it says hello with the UUID of another machine. */
  | 'another-identity';

export type LieFault = { readonly kind: 'lies'; readonly about: Lie };

export function lies(faults: Faults, about: Lie): boolean {
  return faults.some((fault) => fault.kind === 'lies' && fault.about === about);
}

/** What a hostile firmware puts into its strings. */
export const controlCharacters = '\u001b[2J\u001b]0;owned\u0007\u202egnirts\u0000\r';
