import type { Image } from './image.ts';
import type { EphemeralSession, Firmware, HardwareIdentity } from './machine.ts';
import type { DeployPlan } from './plan.ts';
import type { PowerParameters } from './power.ts';

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
}

export interface LayerRequest {
  readonly layer: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export interface DeployRequest {
  readonly image: string;
  readonly subnet?: string;
  readonly layers: readonly LayerRequest[];
  readonly sshKeys: readonly string[];
  readonly kernelArguments: readonly string[];
  readonly enter: 'kexec' | 'reboot';
  /** When given, nothing but this very plan is executed. */
  readonly planDigest?: string;
}

export interface ConfigureRequest {
  readonly name?: string;
  readonly power?: PowerParameters;
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

/** Input of the workflow `syncImages`, id `image-sync/<first 12 hex of SHA-256 of the URL>`. */
export interface SyncRequest {
  readonly url: string;
  /** Armoured OpenPGP public keys that are trusted for this stream. */
  readonly keyring: string;
  readonly os?: string;
  readonly version?: string;
  readonly arch: 'amd64' | 'arm64';
}

export interface SyncAnswer {
  readonly images: readonly Image[];
}
