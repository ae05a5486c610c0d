import type {
  Bootloader,
  BootRecord,
  DeployPlan,
  Event,
  Image,
  Inventory,
  MachineRecord,
  Operation,
  Secret,
  SignOfLife,
  Subnet,
} from '../model/index.ts';
import type { Ipv4, Mac } from '../net/index.ts';

/** All that is kept. One file an aggregate implements it; both databases run the same SQL. */
export interface Store {
  readonly machines: MachineStore;
  readonly operations: OperationStore;
  readonly boots: BootStore;
  readonly inventories: InventoryStore;
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

export interface BootStore {
  /** Also ends every other open boot of the same MAC. */
  open(boot: BootRecord): Promise<void>;
  get(id: string): Promise<BootRecord | undefined>;
  latestOfMachine(machineId: string): Promise<BootRecord | undefined>;
  /** Open (not consumed, not expired) boots and the machines' MACs: all that boot answers need. */
  openBoots(now: Date): Promise<readonly BootRecord[]>;
  /** First time wins: a sign is never moved. @returns whether it was new. */
  sign(id: string, sign: SignOfLife, at: Date): Promise<boolean>;
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
  releaseStatic(machineId: string): Promise<void>;
}

export interface ImageStore {
  put(image: Image): Promise<void>;
  putBootloader(bootloader: Bootloader): Promise<void>;
  /** Newest serial of that name and architecture. */
  find(name: string, arch: string): Promise<Image | undefined>;
  list(): Promise<readonly Image[]>;
  bootloaders(): Promise<readonly Bootloader[]>;
  /** Newest index date seen per stream, so that a stream cannot be rolled back. */
  streamDate(stream: string): Promise<string | undefined>;
  setStreamDate(stream: string, updated: string): Promise<void>;
}

export interface SecretStore {
  /** Encrypted with AES-256-GCM; record id and field are authenticated with it. Overwrites. */
  put(id: string, field: string, value: Secret): Promise<void>;
  get(id: string, field: string): Promise<Secret | undefined>;
  delete(id: string): Promise<void>;
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
