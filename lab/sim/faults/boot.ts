import type { SignOfLife } from '../../../model/index.ts';
import { type Faults, faultOf } from './fault.ts';

/** Counted from 1: the boot by which a machine is discovered is the first. */
type FromBoot = { readonly fromBoot: number };

export type BootFault =
  /** Goes as far as the rung below this one, and then nothing. */
  | ({ readonly kind: 'silent'; readonly rung: Exclude<SignOfLife, 'ssh'> } & FromBoot)
  /** Everything takes this many times as long. */
  | { readonly kind: 'slow'; readonly factor: number }
  /** The answer to its hello is lost: it says the same again. */
  | { readonly kind: 'hello-twice' }
  /** The first so many DHCP datagrams of each boot never arrive. */
  | { readonly kind: 'dhcp-lost'; readonly datagrams: number }
  /** Loses its power once, so long after it has said hello. Somebody has to press the button. */
  | { readonly kind: 'power-loss-after-hello'; readonly boot: number; readonly afterMs: number };

export function isSilentAt(faults: Faults, rung: SignOfLife, boot: number): boolean {
  return faults.some((fault) => fault.kind === 'silent' && fault.rung === rung && boot >= fault.fromBoot);
}

export function slowness(faults: Faults): number {
  return faultOf(faults, 'slow')?.factor ?? 1;
}

export function lostDatagrams(faults: Faults): number {
  return faultOf(faults, 'dhcp-lost')?.datagrams ?? 0;
}
