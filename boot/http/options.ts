import type { Hello } from '../../model/index.ts';
import type { Ipv4, Mac } from '../../net/index.ts';
import type { BootDirectory } from '../directory.ts';

export interface BootHttpOptions {
  readonly address: Ipv4;
  readonly port: number;
  readonly directory: BootDirectory;
  /** The address that this card holds a lease on, or nothing. */
  readonly leaseOf: (mac: Mac) => Ipv4 | undefined;
  /** Path of verified content, or nothing. */
  readonly pathOf: (sha256: string) => string;
  /** OpenSSH line of our own key. */
  readonly sshKey: string;
  /** Keeps the hash of a token that is about to be handed out. */
  readonly keepToken: (bootId: string, tokenHash: string) => Promise<void>;
  /** Consumes the token and lets the machine in. @throws CodedError BOOT_TOKEN_REFUSED, MACHINE_IDENTITY_CONFLICT */
  readonly onHello: (hello: Hello, from: Ipv4) => Promise<void>;
  readonly onEvent: (event: BootHttpEvent) => void;
}

export interface BootHttpEvent {
  readonly kind: 'http';
  /** The pattern, never the URL: that may hold what others must not see. */
  readonly route: string;
  readonly client: string;
  readonly status: number;
  readonly code?: string;
}
