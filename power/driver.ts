import type { PowerAbilities, PowerState } from '../model/index.ts';
import type { Mac } from '../net/index.ts';

/**
 * How a machine's power is seen and changed. Orders return when the state is confirmed, and asking for what is
 * already so sends nothing: one order must not become two firmware starts.
 * @throws CodedError BMC_UNREACHABLE, BMC_LOGIN_REFUSED, BMC_CIPHER_REFUSED, BMC_CERTIFICATE_REFUSED,
 * BMC_COMMAND_FAILED, POWER_UNSUPPORTED, OUTBOUND_REFUSED, TOOL_MISSING, and REQUEST_INVALID for parameters that
 * cannot be used. An aborted signal throws its reason.
 */
export interface PowerDriver {
  readonly can: PowerAbilities;
  /** `unknown` where nobody can tell, and while the machine changes. */
  query(options?: PowerOptions): Promise<PowerState>;
  on(options?: PowerOptions): Promise<PowerOutcome>;
  off(options?: PowerOptions): Promise<PowerOutcome>;
  /** Off and on again, both confirmed; a machine that is off is switched on. */
  cycle(options?: PowerOptions): Promise<PowerOutcome>;
  /** The reset line, without a loss of power; a machine that is off is switched on. */
  reset(options?: PowerOptions): Promise<PowerOutcome>;
  /** For the next start alone. A BMC forgets it after 60 s (IPMI 2.0, table 28-14): power on soon after. */
  bootFromNetworkOnce(options?: PowerOptions): Promise<PowerOutcome>;
  /** UEFI HTTP boot of this URL, for the next start alone. */
  bootFromHttpOnce(url: string, options?: PowerOptions): Promise<PowerOutcome>;
  /** Puts the image at this URL into the virtual CD drive. The BMC fetches it itself. */
  insertMedia(url: string, options?: PowerOptions): Promise<PowerOutcome>;
  ejectMedia(options?: PowerOptions): Promise<PowerOutcome>;
  /** Switches off the ways from the machine into its own BMC. Empty: the BMC serves none that could be switched. */
  closeToHost(options?: PowerOptions): Promise<readonly HostInterface[]>;
}

/** A way from the machine into its own BMC, and what became of it. */
export interface HostInterface {
  readonly name: string;
  readonly state: 'closed' | 'was-closed' | 'open';
  /** Why it stayed open, as part of a sentence. */
  readonly why?: string;
}

export interface PowerOptions {
  readonly signal?: AbortSignal;
  /** How often a read that gets no answer is tried. Default 3. One is enough for who looks again anyway. */
  readonly tries?: number;
}

export type PowerOutcome =
  | {
      readonly kind: 'done';
      /** False when the machine was in that state already. */
      readonly sent: boolean;
      /** What the operator has to know about how it was done, as one sentence. */
      readonly note?: string;
      /** Sent, and nobody can tell what came of it. */
      readonly unconfirmed?: true;
      readonly asked?: never;
    }
  /** What a person was asked to do, as one sentence. */
  | { readonly kind: 'asked'; readonly asked: string };

/** What a driver has to know about the machine beside how to reach its BMC. */
export interface PoweredMachine {
  readonly name: string;
  readonly firmware: 'bios' | 'uefi';
  readonly identity: { readonly serial: string; readonly uuid?: string; readonly macs?: readonly Mac[] };
}

/** How long to wait for a change, and how often to look. */
export interface PowerTiming {
  /** How long a machine may take from an order to the state. */
  readonly confirmMs: number;
  readonly pollMs: number;
}

/** An orderly power supply takes a few seconds, a blade enclosure up to half a minute. */
export const usualTiming: PowerTiming = { confirmMs: 60_000, pollMs: 1_000 };
