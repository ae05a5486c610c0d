import type { z } from 'zod';
import type { Ipv4 } from '../net/index.ts';
import type { Shell } from '../remote/shell.ts';

/** A system that is laid on a deployed machine. One folder a layer; nothing else in the house knows its name. */
export interface Layer<Parameters = unknown> {
  readonly name: string;
  readonly version: string;
  /** One sentence. */
  readonly summary: string;
  readonly parameters: z.ZodType<Parameters>;
  /** Systems as people say them: `debian/12`, `ubuntu/24.04`. */
  readonly systems: readonly string[];
  /** Exit status 0 when the layer is there and whole. */
  check(context: LayerContext<Parameters>): Shell;
  apply(context: LayerContext<Parameters>): readonly LayerStep[];
  /** Uses the layer as its user would. */
  verify(context: LayerContext<Parameters>): readonly Verification[];
  remove(context: LayerContext<Parameters>): readonly LayerStep[];
}

export interface LayerContext<Parameters> {
  readonly machineName: string;
  readonly address: Ipv4;
  readonly packageProxy?: string;
  readonly parameters: Parameters;
}

/** Idempotent: may be cut off anywhere and run again. */
export interface LayerStep {
  readonly name: string;
  /** What it will do, for `--plan`. */
  readonly does: string;
  /** Exit status 0: nothing to do, the step is skipped. */
  readonly done?: Shell;
  readonly script: Shell;
  readonly deadlineMs: number;
}

export type Verification =
  | {
      readonly kind: 'http';
      readonly name: string;
      readonly url: string;
      readonly status: number;
      readonly contains: string;
    }
  | { readonly kind: 'command'; readonly name: string; readonly script: Shell };
