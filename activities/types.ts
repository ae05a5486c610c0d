import type {
  BootRecord,
  Deployment,
  DeployRequest,
  EphemeralSession,
  Failure,
  Firmware,
  HardwareIdentity,
  LayerRequest,
  MachineRecord,
  Operation,
  PlanAnswer,
  PlanRequest,
  PowerAction,
  PowerParameters,
  PowerState,
  SyncAnswer,
  SyncRequest,
} from '../model/index.ts';

/** Signatures of all activities, in the groups in which workflows ask for them. Names are permanent. */

/** A machine in memory that an operation works on. */
export interface About {
  readonly operationId: string;
  readonly machine: MachineRecord;
  readonly session: EphemeralSession;
}

export type MachineRecorder = {
  recordMachine(machine: MachineRecord): Promise<void>;
};

export type OperationRecorder = {
  recordOperation(operation: Operation): Promise<void>;
  /** Writes the terminal state, whatever became of the workflow that worked on it. */
  endOperation(end: { readonly operationId: string; readonly failure?: Failure }): Promise<void>;
};

/** Until the first sign of life, and from there to hello. */
export interface BootDeadlines {
  readonly dhcpDeadlineMs: number;
  readonly helloDeadlineMs: number;
}

export type BootActivities = {
  /** Opens a boot of this machine: from now on, until hello or its deadline, its network boot leads into memory. */
  openBoot(ask: {
    readonly machine: MachineRecord;
    readonly purpose: BootRecord['purpose'];
    /** Default: the subnet's ephemeral image. */
    readonly image?: string;
  }): Promise<{ readonly bootId: string } & BootDeadlines>;
  readBoot(ask: { readonly bootId: string }): Promise<BootRecord | undefined>;
};

export type PowerActivities = {
  /** Confirmed by the BMC. `asked`: this machine has no power control; that is what a person was asked to do. */
  orderPower(order: {
    readonly operationId: string;
    readonly machine: MachineRecord;
    readonly action: PowerAction | 'start-over-network';
    readonly bootId?: string;
  }): Promise<{ readonly state: PowerState; readonly asked?: string }>;
};

export type SessionActivities = {
  /** Does it still answer, with the keys that it said hello with? A failed look is an answer, not an error. */
  probeSession(ask: { readonly session: EphemeralSession }): Promise<boolean>;
};

export type CommissionActivities = {
  collectInventory(about: About): Promise<void>;
  listenForNeighbours(about: About): Promise<void>;
  adoptBmc(about: About): Promise<PowerParameters | undefined>;
  keepInventory(about: About): Promise<{ readonly identity: HardwareIdentity; readonly firmware: Firmware }>;
};

export type PlanActivities = {
  previewPlan(request: PlanRequest): Promise<PlanAnswer>;
  makePlan(ask: {
    readonly operationId: string;
    readonly machine: MachineRecord;
    readonly request: DeployRequest;
  }): Promise<{ readonly digest: string }>;
  /** Binds the one-time intent of this operation to this boot of the machine, and lists what will be run. */
  authorise(about: About): Promise<readonly { readonly name: string; readonly deadlineMs: number }[]>;
  freeAddress(ask: { readonly machineId: string }): Promise<void>;
};

export type InstallActivities = {
  runInstallStep(ask: About & { readonly step: string; readonly deadlineMs: number }): Promise<void>;
  enterInstalled(about: About): Promise<void>;
  awaitInstalled(about: About): Promise<Deployment>;
};

export interface AboutLayer {
  readonly operationId: string;
  /** Deployed: `machine.deployment` is present. */
  readonly machine: MachineRecord;
  readonly request: LayerRequest;
}

export type LayerActivities = {
  outlineLayer(ask: AboutLayer & { readonly verb: 'apply' | 'remove' }): Promise<{
    readonly version: string;
    readonly steps: readonly { readonly name: string; readonly deadlineMs: number }[];
  }>;
  /** @returns whether there was anything to do. */
  runLayerStep(
    ask: AboutLayer & {
      readonly verb: 'apply' | 'remove';
      readonly step: string;
      readonly deadlineMs: number;
    },
  ): Promise<{ readonly changed: boolean }>;
  verifyLayer(about: AboutLayer): Promise<void>;
};

export type ImageActivities = {
  syncStream(request: SyncRequest): Promise<SyncAnswer>;
};
