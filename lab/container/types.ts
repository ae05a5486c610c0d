import type { Ipv4 } from '../../net/index.ts';
import type { Report } from '../types.ts';

export interface ContainerSpec {
  /** Also its host name. */
  readonly name: string;
  /** As images are named: `debian/12`. It can only be the host's own release, which is also what it is without one. */
  readonly image?: string;
  /** Without one it may take what the host has. */
  readonly memoryMiB?: number;
}

export interface ContainerOrder {
  readonly name: string;
  /** The lab's: the base root, the package cache, and the racks, each in containers/NAME. */
  readonly directory: string;
  readonly machines: readonly ContainerSpec[];
  /** OpenSSH public key line of who may log in as root. */
  readonly authorizedKey: string;
  readonly report: Report;
}

/** Stands in for a machine that was deployed: systemd, a real sshd, a kernel that it shares with the host. */
export interface ContainerMachine extends ContainerSpec {
  readonly image: string;
  readonly address: Ipv4;
  readonly hostKeys: readonly string[];
  /** For the power driver `webhook`: with /on, /off, /status behind it. */
  readonly powerUrl: string;
  /** Its root directory, as the host sees it. */
  readonly root: string;
}

export interface ContainerRack {
  readonly name: string;
  /** The state of this rack; `containersDown` removes it. */
  readonly directory: string;
  readonly namespace: string;
  readonly subnet: string;
  /** The host as the machines see it. */
  readonly hostAddress: Ipv4;
  readonly packageProxy: string;
  /** What the power service asks for; it is kept in a file that its owner alone can read. */
  readonly powerToken: string;
  readonly machines: readonly ContainerMachine[];
}
