import type { Ipv4, Mac } from '../net/index.ts';
import type { Firmware, HostKeyPin } from './boot.ts';
import type { Failure } from './errors.ts';
import type { ImageLayout } from './image.ts';
import type { AppliedLayer } from './layer.ts';
import type { PowerParameters, PowerState } from './power.ts';
import type { MachineState } from './transitions.ts';

/** Says who a machine is. Two of them are the same machine only by the rules of `identity.ts`. */
export interface HardwareIdentity {
  /** SMBIOS system UUID, lower case with hyphens. */
  readonly uuid: string;
  readonly serial: string;
  /** Physical network cards, sorted. */
  readonly macs: readonly Mac[];
}

/** A machine running from memory that said hello: where it is and how it proves itself. */
export interface EphemeralSession {
  readonly bootId: string;
  readonly address: Ipv4;
  /** OpenSSH public key lines without comment: `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[];
  /** SHA-256 of the squashfs it runs from. */
  readonly squashfs: string;
  readonly since: string;
}

export interface Deployment {
  readonly operationId: string;
  /** As people say it: `debian/12`. */
  readonly image: string;
  readonly imageSerial: string;
  /** It runs from memory, and a power cycle ends it. */
  readonly ephemeral?: true;
  /** It was there already when we came: nothing of ours is erased or started in its place. */
  readonly adopted?: true;
  /** Of its image, where that is not one root: such a system is no ground for layers. */
  readonly layout?: ImageLayout;
  readonly address: Ipv4;
  readonly hostKeys: readonly string[];
  /** By what the host key of the system that installed it was known. Default: `network`. */
  readonly pin?: HostKeyPin;
  readonly since: string;
}

/** The entity workflow's picture of a machine, as the store keeps it. Times are ISO 8601 in UTC. */
export interface MachineRecord {
  readonly id: string;
  /** Grows with every change; the store keeps the highest. */
  readonly version: number;
  readonly name: string;
  readonly site: string;
  readonly state: MachineState;
  readonly identity: HardwareIdentity;
  readonly firmware: Firmware;
  readonly arch: 'amd64' | 'arm64';
  readonly power: PowerParameters;
  readonly observedPower: { readonly state: PowerState; readonly at: string; readonly error?: string };
  readonly session?: EphemeralSession;
  readonly deployment?: Deployment;
  readonly layers: readonly AppliedLayer[];
  /** The operation at work, or the last one. */
  readonly operationId?: string;
  /** Present while a person keeps it from being touched. */
  readonly locked?: { readonly reason: string; readonly since: string };
  /** States that it comes back to when it leaves Rescue, Broken or Retired; the innermost last. */
  readonly aside?: readonly MachineState[];
  /** Why the last operation failed. Cleared when the next one starts. */
  readonly failure?: Failure;
  readonly createdAt: string;
  readonly updatedAt: string;
}
