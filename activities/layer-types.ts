import type {
  Accepted,
  Failure,
  LayerPlanAnswer,
  LayerPlanRequest,
  LayerRequest,
  MachineRecord,
} from '../model/index.ts';

/** Signatures of the activities of layers, as `types.ts`. Names are permanent. */

export interface AboutLayer {
  readonly operationId: string;
  /** Deployed: `machine.deployment` is present. */
  readonly machine: MachineRecord;
  readonly request: LayerRequest;
  /** Of the outline that is followed. Absent where the outline was made by an older version. */
  readonly digest?: string;
}

export type LayerActivities = {
  /**
   * What is to be laid, in order, with what it requires. Every demand of every one of them has been looked at on the
   * machine, and nothing was changed.
   * @throws CodedError those of `layersInOrder`, of `layerOn`, and of the demands
   */
  surveyLayers(ask: {
    readonly operationId: string;
    readonly machine: MachineRecord;
    readonly requests: readonly LayerRequest[];
  }): Promise<readonly LayerRequest[]>;
  /** @throws CodedError LAYER_CHANGED when it is not what the plan of this operation says */
  outlineLayer(ask: AboutLayer & { readonly verb: 'apply' | 'remove' }): Promise<LayerOutline>;
  /** The files of its secrets are on the machine when it returns. @throws CodedError LAYER_SECRET_MISSING */
  placeLayerSecrets(about: AboutLayer): Promise<void>;
  /** Neither the machine nor the store has any of them. */
  forgetLayerSecrets(about: AboutLayer): Promise<void>;
  /** @returns whether there was anything to do. */
  runLayerStep(
    ask: AboutLayer & {
      readonly verb: 'apply' | 'remove';
      readonly step: string;
      readonly deadlineMs: number;
    },
  ): Promise<{ readonly changed: boolean }>;
  readBootIdOf(about: AboutLayer): Promise<string>;
  /**
   * Out of the boot with that id. With `patienceMs`, a machine that stays away for so long is told as not back; without,
   * as older versions asked, it is waited for. @throws CodedError RESTART_FAILED when the step does not hold after it
   */
  restartForLayer(
    ask: AboutLayer & {
      readonly verb: 'apply' | 'remove';
      readonly step: string;
      readonly bootId: string;
      readonly patienceMs?: number;
    },
  ): Promise<{ readonly isBack: boolean }>;
  /** With `verification`: that one alone. Without: all that it has, as older versions asked for. */
  verifyLayer(
    about: AboutLayer & { readonly verification?: string; readonly deadlineMs?: number },
  ): Promise<void>;
};

export interface LayerOutline {
  readonly version: string;
  /** Of every command that follows. */
  readonly digest: string;
  readonly steps: readonly {
    readonly name: string;
    readonly deadlineMs: number;
    readonly restarts?: true;
  }[];
  readonly verifications: readonly { readonly name: string; readonly deadlineMs: number }[];
  readonly hasSecrets: boolean;
  /** How long a machine that starts anew may stay away. Absent where an older version made it. */
  readonly restartMs?: number;
}

/** What a laying on several machines asks of them: each decides for itself. */
export type LayingActivities = {
  /** Asking again with the same key asks nothing new. @throws CodedError what the machine refuses it with */
  askForLayer(ask: {
    readonly machineId: string;
    readonly request: LayerRequest;
    readonly key: string;
  }): Promise<Accepted>;
  /** Until it has ended. @returns its failure, if it failed. */
  awaitOperation(ask: { readonly operationId: string }): Promise<{ readonly failure?: Failure }>;
};

/** Of the queue `control`: nothing is connected to. */
export type LayerPlanActivities = {
  previewLayers(request: LayerPlanRequest): Promise<LayerPlanAnswer>;
};
