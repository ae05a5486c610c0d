import type { Faults } from './fault.ts';

export type SshFault =
  /** Nothing listens on port 22 in these boots. */
  | { readonly kind: 'ssh-refuses'; readonly fromBoot: number }
  /** The key of the seed is not taken. */
  | { readonly kind: 'ssh-login-refused'; readonly fromBoot: number }
  /** Shows another host key than the one it said hello with. */
  | { readonly kind: 'host-key-changed'; readonly fromBoot: number }
  /** The installed system shows another host key than the installation told. */
  | { readonly kind: 'installed-host-key-changed' }
  /** Every connection is cut after so many commands; a job goes on. */
  | { readonly kind: 'ssh-drops'; readonly everyCommands: number };

export function sshFault(
  faults: Faults,
  kind: 'ssh-refuses' | 'ssh-login-refused' | 'host-key-changed',
  boot: number,
): boolean {
  return faults.some((fault) => fault.kind === kind && boot >= fault.fromBoot);
}
