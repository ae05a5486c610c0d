import type { SystemSecrets } from '../model/index.ts';
import type { Shell } from '../remote/index.ts';

export interface InstallStep {
  readonly name: string;
  /** What it will do, for `--plan`. */
  readonly does: string;
  /** May be cut off anywhere and run again from its start, unless `destructive`: that one at most once an intent. */
  readonly script: Shell;
  readonly deadlineMs: number;
  readonly destructive: boolean;
  /** Programs of the image or of its packages run: from here on, nothing secret is sent (docs/security.md, rule 28). */
  readonly runsImage?: true;
  readonly holdsSecrets?: boolean;
}

/** What the steps may know that run programs of the image, and those after them. */
export interface PublicContext {
  readonly source: ImageSource;
  /** The one-time permission to write to the disk: `[A-Za-z0-9._-]`, at most 128. */
  readonly intentId: string;
  /** OpenSSH public key line with which the controller logs in as root. */
  readonly controllerKey: string;
  /** The same, of a kind that sshd takes in FIPS mode. For systems that have it. */
  readonly fipsKey?: string;
  readonly seed: { readonly instanceId: string };
  /**
   * Who makes the login of the people: cloud-init at the first boot (the default), or the installer, which then turns
   * cloud-init off. Its four Python programs take 45 s of a first boot under emulation, 20 of them before sshd may start.
   */
  readonly firstBoot?: 'cloud-init' | 'none';
}

export interface InstallContext extends PublicContext {
  /** Of `plan.system`; read from the store when the step runs, and nowhere else. */
  readonly secrets?: SystemSecrets;
}

export type ImageSource =
  /** The machine runs from this very image. */
  { readonly kind: 'running' } | { readonly kind: 'fetch'; readonly url: string };
