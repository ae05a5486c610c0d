import type { Mac } from '../net/index.ts';

/** Programs that an operator, or we, wrote to look into machines. docs/reference/scripts.md describes them. */

export const scriptTypes = ['commissioning', 'testing', 'release', 'deployment'] as const;
export type ScriptType = (typeof scriptTypes)[number];

export const hardwareTypes = ['node', 'cpu', 'memory', 'storage', 'network', 'gpu'] as const;
export type HardwareType = (typeof hardwareTypes)[number];

export const parallelKinds = ['disabled', 'instance', 'any'] as const;
export type ParallelKind = (typeof parallelKinds)[number];

export const parameterKinds = ['storage', 'interface', 'url', 'runtime', 'string'] as const;
export type ParameterKind = (typeof parameterKinds)[number];

export interface ScriptParameter {
  readonly kind: ParameterKind;
  readonly title: string;
  readonly description: string;
  /** Words with placeholders: `--storage={path}`. */
  readonly argumentFormat: string;
  readonly default?: string;
  readonly required: boolean;
  /** Of runtimes, in seconds. */
  readonly min?: number;
  readonly max?: number;
}

/** What the header of a script says, with what it leaves out filled in. */
export interface ScriptMetadata {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly type: ScriptType;
  readonly hardware: HardwareType;
  readonly parallel: ParallelKind;
  /** 0: as long as a script may run at all. */
  readonly timeoutSeconds: number;
  /** Debian packages that must be there when it starts. */
  readonly packages: readonly string[];
  /** What happens when these cannot be installed. */
  readonly missingPackages: 'fail' | 'skip' | 'run';
  readonly parameters: Readonly<Record<string, ScriptParameter>>;
  readonly results: readonly {
    readonly name: string;
    readonly title: string;
    readonly description: string;
  }[];
  /** It is for machines with any of these; empty: for all. `pci:8086:1572`, `modalias:…`, `system_vendor:…`. */
  readonly forHardware: readonly string[];
  readonly destructive: boolean;
  /** The hardware is read again after it passed. */
  readonly recommission: boolean;
  readonly applyConfiguredNetworking: boolean;
}

/** One version: the digest of its text is its name for ever. */
export interface Script {
  /** SHA-256 of the text, hexadecimal. */
  readonly sha256: string;
  readonly metadata: ScriptMetadata;
  readonly content: string;
}

/** Which part of a machine a run is about. */
export type ScriptTarget =
  | { readonly kind: 'cpu' | 'memory' }
  | {
      readonly kind: 'disk';
      readonly name: string;
      readonly serial: string;
      readonly wwn: string;
      readonly size: number;
      readonly model: string;
    }
  | { readonly kind: 'nic'; readonly name: string; readonly mac: Mac };

export type ScriptPurpose = 'commission' | 'test' | 'release' | 'deploy';

/** One run of one script on one machine, decided when the operation began. */
export interface PlannedRun {
  /** Unique in its operation, also after everything but letters and digits became a hyphen. */
  readonly step: string;
  readonly script: string;
  /** The version that runs, whatever is added meanwhile (docs/security.md, rule 14). */
  readonly sha256: string;
  /** Runs of one group may go on side by side; groups follow each other. */
  readonly group: number;
  /** For the script itself. */
  readonly timeoutSeconds: number;
  /** For everything: packages, the script, its end. */
  readonly deadlineMs: number;
  readonly target?: ScriptTarget;
  /** Values of parameters that name no part of the machine. */
  readonly values: Readonly<Record<string, string>>;
  /** Parts that parameters name. */
  readonly parts: Readonly<Record<string, ScriptTarget>>;
  /** It is known beforehand that it cannot run here, and why. */
  readonly skip?: string;
}

/** All runs of an operation. */
export interface ScriptOutline {
  readonly format: 'script-outline:1';
  readonly purpose: ScriptPurpose;
  readonly runs: readonly PlannedRun[];
}

export const verdicts = ['passed', 'degraded', 'failed', 'skipped'] as const;
export type Verdict = (typeof verdicts)[number];

type ResultValue = string | number | boolean;

/** What became of one run. Kept for as long as the machine is known. */
export interface ScriptResult {
  readonly operationId: string;
  readonly machineId: string;
  readonly step: string;
  readonly script: string;
  readonly sha256: string;
  readonly type: ScriptType;
  readonly hardware: HardwareType;
  readonly target?: ScriptTarget;
  readonly verdict: Verdict;
  /** Absent when the script itself did not run. */
  readonly exitCode?: number;
  /** Why it failed or was skipped: one line. */
  readonly reason?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** What it wrote about itself, by name. */
  readonly values: Readonly<Record<string, ResultValue | readonly ResultValue[]>>;
  /** The end of what it printed; all of it is in the log of its step. */
  readonly tail: string;
}
