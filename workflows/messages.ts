import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  DeployPlan,
  EphemeralSession,
  Firmware,
  HardwareIdentity,
  Image,
  MachineRecord,
  PowerAction,
  PowerParameters,
} from '../model/index.ts';

/** Everything that can be said to a workflow, and where it listens. Names on the wire are permanent. */

export const CONTROL_QUEUE = 'control';
/** Work that must run near the machines of a site: BMC, SSH, boot. */
export const siteQueue = (site: string): string => `site/${site}`;
export const machineWorkflowId = (machineId: string): string => `machine/${machineId}`;

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

export const arrivalUpdate = defineUpdate<{ readonly name: string }, [Arrival]>('arrival');
export const commissionUpdate = defineUpdate<Accepted, []>('commission');
export const deployUpdate = defineUpdate<Accepted, [DeployRequest]>('deploy');
export const releaseUpdate = defineUpdate<Accepted, []>('release');
export const powerUpdate = defineUpdate<Accepted, [{ readonly action: PowerAction }]>('power');
export const applyLayerUpdate = defineUpdate<Accepted, [LayerRequest]>('applyLayer');
export const removeLayerUpdate = defineUpdate<Accepted, [LayerRequest]>('removeLayer');
export const configureUpdate = defineUpdate<void, [ConfigureRequest]>('configure');
export const recordQuery = defineQuery<MachineRecord>('record');

/** From the entity to the operation at work: the machine it waits for has arrived. */
export const arrivedSignal = defineSignal<[EphemeralSession]>('arrived');

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
