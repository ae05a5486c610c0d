import type {
  AdoptAnswer,
  AdoptRequest,
  BootRecord,
  Deployment,
  Difference,
  DeployRequest,
  EphemeralSession,
  Failure,
  Firmware,
  GcAnswer,
  GcRequest,
  HardwareIdentity,
  HostFacts,
  ImportAnswer,
  ImportRequest,
  MachineRecord,
  Operation,
  PlanAnswer,
  PlanRequest,
  PowerAction,
  PowerParameters,
  PowerState,
  ReleaseRequest,
  SyncAnswer,
  SyncRequest,
  TestRequest,
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
  }): Promise<
    {
      readonly bootId: string;
      /** Its host key is to be held against its console when it has said hello. */
      readonly checksConsole?: true;
    } & BootDeadlines
  >;
  readBoot(ask: { readonly bootId: string }): Promise<BootRecord | undefined>;
  /** From now on the machine starts from its own disk; a boot that has ended already stays as it is. */
  closeBoot(ask: { readonly bootId: string }): Promise<void>;
};

export type PowerActivities = {
  /** Confirmed by the BMC. `asked`: this machine has no power control; that is what a person was asked to do. */
  orderPower(order: {
    readonly operationId: string;
    readonly machine: MachineRecord;
    readonly action: PowerAction | 'start-over-network';
    readonly bootId?: string;
    /** Tells one order of an operation from another, where it gives the same twice. */
    readonly occasion?: string;
  }): Promise<{ readonly state: PowerState; readonly asked?: string }>;
  /** Switches off the ways from the machine into its BMC. What stays open is told as an event, and stops nothing. */
  closeBmc(about: {
    readonly operationId: string;
    readonly machine: MachineRecord;
  }): Promise<{ readonly closed: readonly string[]; readonly open: readonly string[] }>;
};

export type SessionActivities = {
  /**
   * Does it still answer, with the keys that it said hello with, and did nothing run there but what is ours? A failed
   * look is an answer, not an error. With `machine`: where the console is to say its host key, it has.
   * @throws CodedError CONSOLE_KEY_DIFFERS, CONSOLE_SILENT
   */
  probeSession(ask: {
    readonly session: EphemeralSession;
    readonly machine?: MachineRecord;
  }): Promise<boolean>;
  /** @throws CodedError CONSOLE_KEY_DIFFERS, CONSOLE_SILENT */
  checkConsole(ask: { readonly session: EphemeralSession; readonly machine: MachineRecord }): Promise<void>;
  /** Stops the jobs of this operation, and what they mounted is unmounted. */
  stopRemoteWork(ask: {
    readonly operationId: string;
    readonly place: Pick<EphemeralSession, 'address' | 'hostKeys'>;
  }): Promise<void>;
  /** People may log in to the system in memory as root. */
  letIn(ask: { readonly session: EphemeralSession; readonly sshKeys: readonly string[] }): Promise<void>;
  /** In order, if it answers; a system that does not answer is nobody's to shut down. */
  shutDown(ask: { readonly deployment: Deployment }): Promise<void>;
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
  }): Promise<{
    readonly digest: string;
    /** The image to boot into memory for it, when the one that is installed cannot be. */
    readonly installer?: string;
    /** SHA-256 of what the machine has to run from, when it is to stay in memory. */
    readonly runs?: string;
    /** How long its first start may take, where that is longer than it usually is. */
    readonly firstStartMs?: number;
  }>;
  /** Binds the one-time intent of this operation to this boot of the machine, and lists what will be run. */
  authorise(about: About): Promise<readonly { readonly name: string; readonly deadlineMs: number }[]>;
  /** And what else the store kept for the deployment alone. */
  freeAddress(ask: { readonly machineId: string }): Promise<void>;
};

export type InstallActivities = {
  runInstallStep(ask: About & { readonly step: string; readonly deadlineMs: number }): Promise<void>;
  enterInstalled(about: About): Promise<void>;
  awaitInstalled(about: About): Promise<Deployment>;
  /** A system that was deployed before answers again, with the keys that it has had since. */
  awaitDeployment(ask: { readonly deployment: Deployment }): Promise<void>;
};

export interface AboutErasure extends About {
  readonly request: ReleaseRequest;
}

export type EraseActivities = {
  /** @throws CodedError EVIDENCE_REQUIRED when the service lets no machine go without erasing its disks. */
  demandErasure(ask: { readonly machine: MachineRecord; readonly request: ReleaseRequest }): Promise<void>;
  /**
   * Asks the disks what they can do, decides how each is erased, and binds the one-time intent of this release to this
   * boot of the machine. Disks of one group may be erased side by side.
   */
  outlineErase(about: AboutErasure): Promise<readonly OutlinedStep[]>;
  /** Its evidence is in the store when it returns, and also when it fails. @throws CodedError ERASE_FAILED */
  runEraseStep(about: AboutErasure & { readonly step: string; readonly deadlineMs: number }): Promise<void>;
  /** @throws CodedError ERASE_FAILED naming the disks that nothing shows to be erased. */
  checkEvidence(about: AboutErasure): Promise<void>;
};

export type DeclaredActivities = {
  /**
   * Holds the newest inventory against the machine's declaration, if there is one.
   * @throws CodedError DECLARED_MISMATCH naming the fields, when the declaration says that a difference blocks.
   */
  compareDeclared(ask: {
    readonly machine: MachineRecord;
  }): Promise<{ readonly name?: string; readonly differences: readonly Difference[] }>;
};

export type HostFactsActivities = {
  /** Changes nothing there. @throws CodedError those of `remote/` and of `parseHostFacts` */
  readHostFacts(place: Pick<AdoptRequest, 'address' | 'hostKeys'>): Promise<HostFacts>;
};

export type AdoptActivities = {
  /**
   * The machine has its workflow, and stands in the store, when it returns. `at` tells it from every other adoption.
   * @throws CodedError when machine, name or address are known already
   */
  introduceMachine(ask: {
    readonly request: AdoptRequest;
    readonly facts: HostFacts;
    readonly at: string;
  }): Promise<AdoptAnswer>;
};

export type CaretakerActivities = {
  /** Gives a workflow to every known machine that has none. */
  reviveLost(): Promise<{ readonly revived: readonly string[] }>;
};

export type ImageActivities = {
  syncStream(request: SyncRequest): Promise<SyncAnswer>;
  importImage(request: ImportRequest): Promise<ImportAnswer>;
  collectImages(request: GcRequest): Promise<GcAnswer>;
};

/** A step that an activity outlines for a workflow. Those of one group may run side by side; groups follow each other. */
export interface OutlinedStep {
  /** Unique within the operation: `disk-read WD-1234`. */
  readonly name: string;
  readonly deadlineMs: number;
  readonly group: number;
}

/** Scripts that run on a machine in memory: the operators' own, and the tests that are shipped. */
export interface AboutScripts extends About {
  readonly purpose: 'commission' | 'test';
  /** Of `test`. */
  readonly request?: TestRequest;
}

export type ScriptActivities = {
  /** Which scripts, in which versions, on which disks and cards. Pinned under the operation: asking again answers the same. */
  outlineScripts(about: AboutScripts): Promise<readonly OutlinedStep[]>;
  /** A script that fails is a result, not an error; an error is what keeps it from having one. */
  runScript(about: AboutScripts & { readonly step: string; readonly deadlineMs: number }): Promise<{
    readonly status: 'passed' | 'failed' | 'skipped';
  }>;
  /** @throws CodedError TEST_FAILED, naming what failed. */
  judgeScripts(about: AboutScripts): Promise<void>;
};
