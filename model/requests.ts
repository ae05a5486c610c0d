import type { Image } from './image.ts';
import type { Firmware } from './boot.ts';
import type { Deployment, EphemeralSession, HardwareIdentity } from './machine.ts';
import type { LayerRequest } from './layer.ts';
import type { NetworkRequest } from './network.ts';
import type { DeployPlan } from './plan.ts';
import type { PowerParameters } from './power.ts';
import type { StorageRequest } from './storage.ts';
import type { SystemRequest } from './system.ts';

/** What can be asked, as it travels between API, workflows and activities. No secrets. */

export interface Accepted {
  readonly operationId: string;
}

/** A machine that runs from memory and proved who it is by its one-time token. */
export interface Arrival {
  readonly identity: HardwareIdentity;
  readonly firmware: Firmware;
  readonly arch: 'amd64' | 'arm64';
  readonly site: string;
  readonly session: EphemeralSession;
  /** What was written down of a machine that arrives for the first time; its secrets are already its own. */
  readonly declared?: DeclaredArrival;
}

export interface DeclaredArrival {
  readonly name: string;
  readonly power?: PowerParameters;
}

export interface DeployRequest {
  readonly image: string;
  readonly subnet?: string;
  /** Default: flat, on the smallest disk that fits. */
  readonly storage?: StorageRequest;
  /** Default: one card with an address of the subnet's static range. */
  readonly network?: NetworkRequest;
  readonly system?: SystemRequest;
  /** The system runs from memory; no disk is touched. */
  readonly ephemeral?: boolean;
  readonly layers: readonly LayerRequest[];
  readonly sshKeys: readonly string[];
  readonly kernelArguments: readonly string[];
  readonly enter: 'kexec' | 'reboot';
  /** When given, nothing but this very plan is executed. */
  readonly planDigest?: string;
}

export const eraseLevels = ['none', 'quick', 'secure', 'full'] as const;
export type EraseLevel = (typeof eraseLevels)[number];

export interface ReleaseRequest {
  readonly erase: EraseLevel;
  /** What a disk gets that cannot do what the level asks for. Without it, such a disk fails the release. */
  readonly fallback?: 'quick' | 'full';
}

export interface TestRequest {
  /** By name. With neither names nor tags: those tagged `default`. */
  readonly scripts: readonly string[];
  readonly tags?: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  /** Tests that write to disks are refused without it. */
  readonly destructive: boolean;
}

export interface RescueRequest {
  /** Default: the subnet's ephemeral image. */
  readonly image?: string;
  /** OpenSSH public key lines of the people who look into it. */
  readonly sshKeys: readonly string[];
}

/** What is written down about a machine by a person, at once, without touching the machine. */
export interface MarkRequest {
  readonly reason: string;
}

export interface ConfigureRequest {
  readonly name?: string;
  readonly power?: PowerParameters;
  /** Of an adopted machine: where it answers now, and as what. */
  readonly deployment?: Deployment;
}

/** Input of the workflow `planDeploy`: what would a deployment do? */
export interface PlanRequest {
  readonly machineId: string;
  readonly request: DeployRequest;
}

export interface PlanAnswer {
  readonly plan: DeployPlan;
  readonly digest: string;
  /** For people, one statement a line. */
  readonly lines: readonly string[];
}

/** Input of the workflow `syncImages`, id `image-sync/<first 12 hex of SHA-256 of URL and filters>`. */
export interface SyncRequest {
  readonly url: string;
  /** Armoured OpenPGP public keys that are trusted for this stream. */
  readonly keyring: string;
  /** Each of the four: one, or any of several. Without it, all. */
  readonly os?: string | readonly string[];
  /** By version or codename: `24.04`, `noble`. */
  readonly release?: string | readonly string[];
  readonly arch: Image['arch'] | readonly Image['arch'][];
  /** `ga-24.04`, `hwe-24.04` … */
  readonly kernel?: string | readonly string[];
  /** As `release`; what older clients send. */
  readonly version?: string;
}

export interface SyncAnswer {
  readonly images: readonly Image[];
}
