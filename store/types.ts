import type {
  Attempt,
  Bootloader,
  BootRecord,
  DeclaredMachine,
  DeployPlan,
  EraseEvidence,
  ErasePlan,
  Event,
  HostKeyPin,
  Image,
  ImageProgress,
  Inventory,
  KnownPower,
  MachineRecord,
  ObservedPower,
  Operation,
  Script,
  ScriptOutline,
  ScriptResult,
  OperationKind,
  Secret,
  SignOfLife,
  StepTime,
  Subnet,
  UsualTime,
} from '../model/index.ts';
import type { Ipv4, Mac } from '../net/index.ts';

/** All that is kept. One file an aggregate implements it; both databases run the same SQL. */
export interface Store {
  readonly machines: MachineStore;
  readonly operations: OperationStore;
  readonly timeline: TimelineStore;
  readonly evidence: EvidenceStore;
  readonly declared: DeclaredStore;
  readonly observedPower: ObservedPowerStore;
  readonly boots: BootStore;
  readonly inventories: InventoryStore;
  readonly scripts: ScriptStore;
  readonly plans: PlanStore;
  readonly subnets: SubnetStore;
  readonly images: ImageStore;
  readonly secrets: SecretStore;
  readonly events: EventStore;
  /** @throws CodedError STORE_UNAVAILABLE when the database does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface MachineStore {
  /** Keeps the record if its version is higher than what is there; otherwise changes nothing. */
  record(machine: MachineRecord): Promise<void>;
  get(id: string): Promise<MachineRecord | undefined>;
  /** By id or by name. */
  find(nameOrId: string): Promise<readonly MachineRecord[]>;
  byMac(mac: Mac): Promise<MachineRecord | undefined>;
  /** Every machine that shares a MAC, the UUID or the serial, for `compareIdentity`. */
  resembling(identity: MachineRecord['identity']): Promise<readonly MachineRecord[]>;
  list(options?: { readonly after?: string; readonly limit?: number }): Promise<readonly MachineRecord[]>;
}

export interface OperationStore {
  record(operation: Operation): Promise<void>;
  get(id: string): Promise<Operation | undefined>;
  /** Newest first. */
  ofMachine(machineId: string, limit: number): Promise<readonly Operation[]>;
  /** Appends log lines of a step; `offset` is the log offset after the line, so that a retry writes none twice. */
  appendLog(
    operationId: string,
    step: string,
    entries: readonly { readonly offset: number; readonly line: string }[],
  ): Promise<void>;
  log(
    operationId: string,
    step: string,
    options?: { readonly afterOffset?: number; readonly limit?: number },
  ): Promise<readonly { readonly offset: number; readonly line: string }[]>;
  lastLines(operationId: string): Promise<Readonly<Record<string, string>>>;
  /**
   * Binds a one-time intent to one boot of the machine; the same boot may ask again.
   * @returns false when it was bound to another boot before.
   */
  consumeIntent(operationId: string, bootId: string): Promise<boolean>;
}

export interface TimelineStore {
  began(attempt: Attempt): Promise<void>;
  /** Also of an attempt whose begin was not written. */
  ended(attempt: Attempt): Promise<void>;
  /** All of an operation, oldest first. */
  attempts(operationId: string): Promise<readonly Attempt[]>;
  /** How long the steps of an operation took that ended well. Learning again changes nothing. */
  learn(
    from: {
      readonly operationId: string;
      readonly kind: OperationKind;
      readonly model: string;
      readonly image: string;
      readonly at: string;
    },
    times: readonly StepTime[],
  ): Promise<void>;
  usual(
    kind: OperationKind,
    step: string,
    like: { readonly model: string; readonly image: string },
  ): Promise<UsualTime | undefined>;
  /** Notes that an operation has had this effect. @returns false when that was noted before. */
  once(operationId: string, effect: string): Promise<boolean>;
  has(operationId: string, effect: string): Promise<boolean>;
}

export interface ObservedPowerStore {
  /** A look that failed changes neither the state that was seen before nor its age. */
  record(machineId: string, observed: ObservedPower): Promise<void>;
  get(machineId: string): Promise<KnownPower | undefined>;
}

export interface BootStore {
  /** Also ends every other open boot of the same MAC. */
  open(boot: BootRecord): Promise<void>;
  get(id: string): Promise<BootRecord | undefined>;
  /** It may not be booted from any more. A boot that said hello stays what it is. */
  close(id: string, at: Date): Promise<void>;
  latestOfMachine(machineId: string): Promise<BootRecord | undefined>;
  /** Open (not consumed, not expired) boots and the machines' MACs: all that boot answers need. */
  openBoots(now: Date): Promise<readonly BootRecord[]>;
  /** First time wins: a sign is never moved. @returns whether it was new. */
  sign(id: string, sign: SignOfLife, at: Date): Promise<boolean>;
  /** Code of an image may run there from now on. First time wins. @returns false when nobody knows this boot. */
  taint(id: string, at: Date): Promise<boolean>;
  /** By what the host key of that boot is known from now on. */
  pin(id: string, pin: HostKeyPin): Promise<void>;
  bind(
    id: string,
    values: {
      readonly address?: Ipv4;
      readonly tokenHash?: string;
      readonly firmware?: 'bios' | 'uefi';
      readonly machineId?: string;
    },
  ): Promise<void>;
  /** One atomic UPDATE … WHERE consumed_at IS NULL AND token_hash = … AND expires_at > now. */
  consume(
    id: string,
    tokenHash: string,
    helloHash: string,
    now: Date,
  ): Promise<'accepted' | 'repeated' | 'refused'>;
}

export interface InventoryStore {
  add(machineId: string, operationId: string, inventory: Inventory, at: Date): Promise<void>;
  latest(machineId: string): Promise<{ readonly inventory: Inventory; readonly at: string } | undefined>;
}

export interface ScriptStore {
  /** From now on its name stands for this version. */
  put(script: Script, at: Date): Promise<void>;
  find(name: string): Promise<{ readonly script: Script; readonly addedAt: string } | undefined>;
  list(): Promise<readonly { readonly script: Script; readonly addedAt: string }[]>;
  /** Any version that was ever added or run. */
  version(sha256: string): Promise<Script | undefined>;
  /** The name is free again; versions and results stay. @returns whether it was there. */
  remove(name: string): Promise<boolean>;
  /** Decides what an operation runs, and keeps these versions for it. What was decided first stays. */
  pin(operationId: string, outline: ScriptOutline, scripts: readonly Script[]): Promise<void>;
  outline(operationId: string): Promise<ScriptOutline | undefined>;
  addResult(result: ScriptResult): Promise<void>;
  /** Newest first. */
  results(
    machineId: string,
    options: { readonly operationId?: string; readonly limit: number },
  ): Promise<readonly ScriptResult[]>;
}

export interface EvidenceStore {
  /** Of one operation; the first that is kept is the plan. @returns what is kept. */
  keepPlan(operationId: string, plan: ErasePlan): Promise<ErasePlan>;
  plan(operationId: string): Promise<ErasePlan | undefined>;
  /** Append-only: of one step in one boot of the machine the first stays. */
  append(step: string, evidence: EraseEvidence): Promise<void>;
  /** Oldest first. */
  ofOperation(operationId: string): Promise<readonly EraseEvidence[]>;
  /** Newest first. */
  ofMachine(machineId: string, limit: number): Promise<readonly EraseEvidence[]>;
}

export interface DeclaredStore {
  /** By name. */
  list(): Promise<readonly DeclaredMachine[]>;
  get(name: string): Promise<DeclaredMachine | undefined>;
  /** All of them or none; each replaces the one of its name. */
  put(machines: readonly DeclaredMachine[]): Promise<void>;
  /** @returns whether there was one. */
  delete(name: string): Promise<boolean>;
}

export interface PlanStore {
  /** Kept under the operation that executes it; adding again with the same digest changes nothing. */
  add(operationId: string, plan: DeployPlan, digest: string): Promise<void>;
  get(operationId: string): Promise<{ readonly plan: DeployPlan; readonly digest: string } | undefined>;
}

export interface SubnetStore {
  put(subnet: Subnet): Promise<void>;
  get(name: string): Promise<Subnet | undefined>;
  list(): Promise<readonly Subnet[]>;
  /** The lowest free address of the static range, or the one that this machine has; atomic. */
  assignStatic(subnet: string, machineId: string): Promise<Ipv4>;
  /**
   * Makes this address the machine's, in place of the one that it had; atomic.
   * @throws CodedError ADDRESS_TAKEN when it is another machine's.
   */
  claimStatic(subnet: string, machineId: string, address: Ipv4): Promise<void>;
  releaseStatic(machineId: string): Promise<void>;
}

export interface UsedImage {
  readonly image: Image;
  readonly usedBy: readonly string[];
}

export interface ImageStore {
  /**
   * `isWhole` is asked while no file can be swept away.
   * @returns false when it said no: nothing was kept.
   */
  put(image: Image, isWhole?: () => Promise<boolean>): Promise<boolean>;
  /** Keeps an operator's own image. @throws CodedError REQUEST_INVALID when its name belongs to another kind of image. */
  putImported(image: Image, isWhole: () => Promise<boolean>): Promise<boolean>;
  putBootloader(bootloader: Bootloader): Promise<void>;
  /** Newest serial of that name and architecture. */
  find(name: string, arch: string): Promise<Image | undefined>;
  list(): Promise<readonly Image[]>;
  /** Each with who needs it, in words. */
  listUsed(now: Date): Promise<readonly UsedImage[]>;
  /** Forgets what `choose` returns, unless somebody needs it by then. Its files stay until a sweep. */
  forget(now: Date, choose: (images: readonly UsedImage[]) => readonly Image[]): Promise<readonly Image[]>;
  /**
   * Calls back with the SHA-256 of every file that something needs; until it returns, no image comes. Undefined while
   * a deployment is choosing its image, when nobody can say.
   */
  sweep<Result>(
    now: Date,
    remove: (needed: ReadonlySet<string> | undefined) => Promise<Result>,
  ): Promise<Result>;
  noteProgress(id: string, progress: ImageProgress, at: Date): Promise<void>;
  progress(id: string): Promise<ImageProgress | undefined>;
  bootloaders(): Promise<readonly Bootloader[]>;
  /** Newest index date seen per stream, so that a stream cannot be rolled back. */
  streamDate(stream: string): Promise<string | undefined>;
  setStreamDate(stream: string, updated: string): Promise<void>;
}

export interface SecretStore {
  /** Encrypted with AES-256-GCM; record id and field are authenticated with it. Overwrites. */
  put(id: string, field: string, value: Secret): Promise<void>;
  /** Unless there is one. */
  add(id: string, field: string, value: Secret): Promise<void>;
  get(id: string, field: string): Promise<Secret | undefined>;
  delete(id: string): Promise<void>;
  /** Of the records whose id begins so. */
  ids(prefix: string): Promise<readonly string[]>;
}

export interface EventStore {
  append(event: Omit<Event, 'cursor'>): Promise<Event>;
  after(
    cursor: number,
    options: { readonly machineId?: string; readonly limit: number },
  ): Promise<readonly Event[]>;
  latestCursor(): Promise<number>;
  /** Called soon after each append in this process or another (LISTEN/NOTIFY). Returns the unsubscribe. */
  subscribe(wake: () => void): Promise<() => Promise<void>>;
}
