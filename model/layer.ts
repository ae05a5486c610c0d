import type { Ipv4 } from '../net/index.ts';
import type { Failure } from './errors.ts';

/** What is asked of layers, and what is known of those that are laid. No secrets. */

export interface LayerRequest {
  readonly layer: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Of a layer with roles: this machine's, and all machines of the layer. */
  readonly role?: string;
  readonly members?: readonly LayerPlace[];
  /** Default: it is laid, and verified after. */
  readonly only?: 'lay' | 'verify';
  /** When given, nothing but what has this digest is done. */
  readonly planDigest?: string;
}

/** One of the machines that a layer is laid on. */
export interface LayerPlace {
  readonly machineId: string;
  readonly name: string;
  readonly address: Ipv4;
  readonly role: string;
}

/** Input of the workflow `applyLayers`. */
export interface LayingRequest {
  readonly layer: string;
  readonly parameters: LayerRequest['parameters'];
  /** Its role is empty where the layer has none. */
  readonly places: readonly LayerPlace[];
  /** In the order in which they are laid. */
  readonly roles: readonly string[];
  /** The role whose first machine verifies for all. Default: the first. */
  readonly verifier?: string;
  /** Machines at work side by side. */
  readonly limit: number;
}

/** How far it is. */
export interface Laying {
  readonly layer: string;
  readonly state: 'running' | 'succeeded' | 'failed';
  readonly machines: readonly LayingMachine[];
  readonly failure?: Failure;
}

export interface LayingMachine {
  readonly machineId: string;
  readonly name: string;
  readonly role?: string;
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed';
  /** The last that was asked of it. */
  readonly operationId?: string;
  readonly failure?: Failure;
}

/** Input of the workflow `planLayers`: what would laying these do? */
export interface LayerPlanRequest {
  readonly machineId: string;
  readonly requests: readonly LayerRequest[];
}

export interface LayerPlanAnswer {
  readonly digest: string;
  /** For people, one statement a line. */
  readonly lines: readonly string[];
}

export interface AppliedLayer {
  readonly name: string;
  readonly version: string;
  readonly since: string;
  /** What it was asked for with; absent where an older version laid it. */
  readonly parameters?: LayerRequest['parameters'];
  readonly role?: string;
  readonly members?: LayerRequest['members'];
  /** When it last did what its users need. */
  readonly verifiedAt?: string;
}

/** Of the record in the secret store that has the secrets of a layer, one in each field. */
export function layerSecretId(machineId: string, layer: string): string {
  return `${layerSecretsOf(machineId)}${layer}`;
}

/**
 * All machines of a layer go by the secrets of one: of that whose role no other can have, as it is there as long as the
 * layer is; of the first that is named where there is no such role.
 */
export function secretKeeper(
  roles: readonly { readonly name: string; readonly min: number; readonly max?: number }[],
  places: readonly LayerPlace[],
): LayerPlace | undefined {
  const only = roles.find(({ min, max }) => min === 1 && max === 1);
  return places.find(({ role }) => role === only?.name) ?? places[0];
}

/** What the ids of all those records of a machine begin with. */
export function layerSecretsOf(machineId: string): string {
  return `layer/${machineId}/`;
}
