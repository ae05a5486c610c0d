import type { Ipv4 } from '../net/index.ts';

export type PowerState = 'on' | 'off' | 'unknown';
export const powerActions = ['on', 'off', 'cycle', 'reset'] as const;
export type PowerAction = (typeof powerActions)[number];

/** How a machine is powered. The password is in the secret store; only its id is here. */
export type PowerParameters =
  | { readonly driver: 'manual' }
  | {
      readonly driver: 'ipmi';
      readonly address: Ipv4;
      readonly port: number;
      readonly username: string;
      readonly passwordSecret: string;
      readonly cipherSuite: 3 | 17;
    };
