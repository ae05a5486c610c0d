import type { z } from 'zod';
import type { Ipv4 } from '../net/index.ts';
import type { Shell } from '../remote/shell.ts';

/** A system that is laid on deployed machines. One folder a layer; nothing else in the house knows its name. */
export interface Layer<Parameters = unknown> {
  readonly name: string;
  readonly version: string;
  /** One sentence. */
  readonly summary: string;
  readonly parameters: z.ZodType<Parameters>;
  /** Systems as people say them: `debian/12`, `ubuntu/24.04`. */
  readonly systems: readonly string[];
  /** Layers that have to be there first. They are laid, too, when they are not. */
  requires?(parameters: Parameters): readonly Requirement[];
  /** Layers that cannot be on the same machine. */
  readonly conflicts?: readonly string[];
  /** Of a layer on several machines, in the order in which they are laid. */
  readonly roles?: readonly LayerRole[];
  /** What it needs that nobody may read; each is in a file of the machine, see `secretFile`. */
  readonly secrets?: readonly LayerSecret[];
  /** What has to hold before anything is changed. */
  demands?(context: LayerContext<Parameters>): readonly Demand[];
  /** Exit status 0 when the layer is there and whole. */
  check(context: LayerContext<Parameters>): Shell;
  apply(context: LayerContext<Parameters>): readonly LayerStep[];
  /** Uses the layer as its user would, and leaves nothing behind. */
  verify(context: LayerContext<Parameters>): readonly Verification[];
  remove(context: LayerContext<Parameters>): readonly LayerStep[];
}

export interface Requirement {
  readonly layer: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

export interface LayerRole {
  readonly name: string;
  /** What machines of it do, as part of a sentence. */
  readonly does: string;
  readonly min: number;
  /** Default: any number. */
  readonly max?: number;
  /** Its first machine verifies for all. Default: the first role's does. */
  readonly verifies?: true;
}

export interface LayerSecret {
  readonly name: string;
  /** What it is, for people. */
  readonly does: string;
  /** `generated`: made at the first laying, 32 letters and digits. `operator`: given with the request. */
  readonly from: 'generated' | 'operator';
  /** Of `operator`: it can do without. */
  readonly optional?: true;
}

export interface LayerContext<Parameters> {
  readonly machineName: string;
  readonly address: Ipv4;
  /** `debian/12` */
  readonly system: string;
  readonly packageProxy?: string;
  readonly parameters: Parameters;
  /** Of a layer with roles. */
  readonly role?: string;
  /** All machines of the layer, this one too, in the order in which they were named. */
  readonly members: readonly LayerMember[];
}

export interface LayerMember {
  readonly name: string;
  readonly address: Ipv4;
  readonly role: string;
}

/** Idempotent: may be cut off anywhere and run again. */
export interface LayerStep {
  /** Unique within the layer. */
  readonly name: string;
  /** What it will do, for `--plan`. */
  readonly does: string;
  /** Exit status 0: nothing to do, the step is skipped. */
  readonly done?: Shell;
  readonly script: Shell;
  /** Of one run of the script, and the reason for a failure that says STEP_DEADLINE. */
  readonly deadlineMs: number;
  /** The machine starts anew after the script; `done`, which must be there, has to hold then. */
  readonly restarts?: true;
}

/** Looked at on the machine, which it does not change, before the first step of any layer. */
export type Demand =
  | {
      readonly kind: 'script';
      readonly name: string;
      /** What it is refused with. */
      readonly code: DemandCode;
      /** Exit status 0: it holds. Otherwise the last line that it wrote is the reason. */
      readonly script: Shell;
    }
  | {
      readonly kind: 'key';
      readonly name: string;
      /** Where the OpenPGP key of a package archive is. */
      readonly url: string;
      /** 40 hexadecimal digits. */
      readonly fingerprint: string;
    };

export type DemandCode =
  | 'LAYER_CONFLICT'
  | 'LAYER_UNMET'
  | 'LAYER_UNSUPPORTED'
  | 'MACHINE_TOO_SMALL'
  | 'MIRROR_UNREACHABLE'
  | 'DOWNLOAD_DIFFERS'
  | 'VIRTUALISATION_MISSING'
  | 'VIRTUALISATION_OFF';

export type Verification =
  /** Asked by us, from outside of the machine. */
  | {
      readonly kind: 'http';
      readonly name: string;
      readonly url: string;
      readonly status: number;
      readonly contains: string;
    }
  /** Runs on the machine as a job, with a log. May be cut off and run again. */
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly script: Shell;
      /** Default: five minutes. */
      readonly deadlineMs?: number;
    };
