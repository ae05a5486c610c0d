import type { PowerState } from '../model/index.ts';

/**
 * How a machine's power is seen and changed. Orders return when the state is confirmed, and asking for what is
 * already so sends nothing: one order must not become two firmware starts.
 * @throws CodedError BMC_UNREACHABLE, BMC_LOGIN_REFUSED, BMC_CIPHER_REFUSED, BMC_COMMAND_FAILED, TOOL_MISSING.
 * An aborted signal throws its reason.
 */
export interface PowerDriver {
  readonly can: PowerAbilities;
  query(options?: PowerOptions): Promise<PowerState>;
  on(options?: PowerOptions): Promise<PowerOutcome>;
  off(options?: PowerOptions): Promise<PowerOutcome>;
  /** Off and on again, both confirmed; a machine that is off is switched on. */
  cycle(options?: PowerOptions): Promise<PowerOutcome>;
  /** The reset line, without a loss of power; a machine that is off is switched on. */
  reset(options?: PowerOptions): Promise<PowerOutcome>;
  /** For the next start alone. A BMC forgets it after 60 s (IPMI 2.0, table 28-14): power on soon after. */
  bootFromNetworkOnce(options?: PowerOptions): Promise<PowerOutcome>;
}

/** What the driver does by itself; what it cannot, it asks a person for. */
export interface PowerAbilities {
  readonly query: boolean;
  readonly order: boolean;
  readonly bootFromNetworkOnce: boolean;
}

export interface PowerOptions {
  readonly signal?: AbortSignal;
}

export type PowerOutcome =
  /** `sent` is false when the machine was in that state already. */
  | { readonly kind: 'done'; readonly sent: boolean; readonly asked?: never }
  /** What a person was asked to do, as one sentence. */
  | { readonly kind: 'asked'; readonly asked: string };

/** What a driver has to know about the machine beside how to reach its BMC. */
export interface PoweredMachine {
  readonly name: string;
  readonly firmware: 'bios' | 'uefi';
  readonly identity: { readonly serial: string };
}
