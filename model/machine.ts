import type { Ipv4, Mac } from '../net/index.ts';
import type { Failure } from './errors.ts';
import type { PowerParameters, PowerState } from './power.ts';

/** People know these words from MAAS. */
export const machineStates = [
  'New',
  'Commissioning',
  'Failed commissioning',
  'Ready',
  'Deploying',
  'Failed deployment',
  'Deployed',
  'Releasing',
  'Failed releasing',
] as const;
export type MachineState = (typeof machineStates)[number];

export const operationKinds = [
  'commission',
  'deploy',
  'release',
  'apply-layer',
  'remove-layer',
  'power',
] as const;
export type OperationKind = (typeof operationKinds)[number];

export type Firmware = 'bios' | 'uefi';
interface Transition {
  readonly from: readonly MachineState[];
  /** Undefined: the operation leaves the state as it is, also when it fails. */
  readonly during?: MachineState;
  readonly success?: MachineState;
  readonly failure?: MachineState;
}

/** Every operation, the states it may be asked in, and where it leads. The entity workflow obeys this table alone. */
export const transitions: Readonly<Record<OperationKind, Transition>> = {
  commission: {
    from: ['New', 'Ready', 'Failed commissioning', 'Failed deployment', 'Failed releasing'],
    during: 'Commissioning',
    success: 'Ready',
    failure: 'Failed commissioning',
  },
  deploy: {
    from: ['Ready', 'Failed deployment'],
    during: 'Deploying',
    success: 'Deployed',
    failure: 'Failed deployment',
  },
  release: {
    from: ['Deployed', 'Failed deployment', 'Failed releasing'],
    during: 'Releasing',
    success: 'Ready',
    failure: 'Failed releasing',
  },
  'apply-layer': { from: ['Deployed'] },
  'remove-layer': { from: ['Deployed'] },
  power: {
    from: ['New', 'Ready', 'Deployed', 'Failed commissioning', 'Failed deployment', 'Failed releasing'],
  },
};

export function mayAsk(state: MachineState, kind: OperationKind): boolean {
  return transitions[kind].from.includes(state);
}

/** What may be asked of a machine in this state, in the order of the table. */
export function allowedOperations(state: MachineState): readonly OperationKind[] {
  return operationKinds.filter((kind) => mayAsk(state, kind));
}

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
  readonly address: Ipv4;
  readonly hostKeys: readonly string[];
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
  /** Why the last operation failed. Cleared when the next one starts. */
  readonly failure?: Failure;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface AppliedLayer {
  readonly name: string;
  readonly version: string;
  readonly since: string;
}
