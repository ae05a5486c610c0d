import { createHash } from 'node:crypto';
import type { ColumnType, Generated } from 'kysely';
import type {
  Bootloader,
  BootRecord,
  DeclaredMachine,
  DeployPlan,
  EraseEvidence,
  ErasePlan,
  Event,
  Failure,
  HostKeyPin,
  Image,
  ImageProgress,
  KeptInventory,
  MachineRecord,
  Operation,
  Script,
  ScriptOutline,
  ScriptResult,
  PowerDriverName,
  PowerState,
  SignOfLife,
  Subnet,
} from '../model/index.ts';

/**
 * What people wrote or machines said is kept whole in a `json` document; columns exist only for searching.
 * `json` and not `jsonb`: jsonb refuses `\u0000` and lone surrogates (PostgreSQL manual, 8.14), and both do
 * arrive in serial numbers and in command output. A value must come back as it was given.
 */
type Document<T> = ColumnType<T, string, string>;
/** Read and written as ISO 8601 text, on both databases. */
type Timestamp = string;

export interface Schema {
  setting: { name: string; value: string };
  machine: {
    id: string;
    version: number;
    name: string;
    site: string;
    state: string;
    /** Null for placeholders, which identify nothing. */
    uuid: string | null;
    serial: string | null;
    updated_at: Timestamp;
    document: Document<MachineRecord>;
  };
  machine_mac: { mac: string; machine_id: string };
  operation: {
    id: string;
    machine_id: string;
    version: number;
    started_at: Timestamp;
    document: Document<Operation>;
  };
  operation_log: { operation_id: string; step: string; end_offset: number; line: Document<string> };
  operation_intent: { operation_id: string; boot_id: string };
  boot: {
    seq: Generated<number>;
    id: string;
    mac: string;
    machine_id: string | null;
    address: string | null;
    firmware: string | null;
    token_hash: string | null;
    /** jsonb, because it grows in place; only we write it. */
    signs: ColumnType<Partial<Record<SignOfLife, string>>, string, string>;
    expires_at: Timestamp;
    consumed_at: Timestamp | null;
    hello_hash: string | null;
    tainted_at: Timestamp | null;
    pin: HostKeyPin | null;
    document: Document<BootRecord>;
  };
  inventory: {
    seq: Generated<number>;
    machine_id: string;
    operation_id: string;
    at: Timestamp;
    document: Document<KeptInventory>;
  };
  script_version: { sha256: string; document: Document<Script> };
  script: { name: string; sha256: string; added_at: Timestamp };
  script_outline: { operation_id: string; document: Document<ScriptOutline> };
  script_result: {
    seq: Generated<number>;
    operation_id: string;
    step: string;
    machine_id: string;
    document: Document<ScriptResult>;
  };
  plan: { operation_id: string; digest: string; document: Document<DeployPlan> };
  erase_plan: { operation_id: string; document: Document<ErasePlan> };
  erase_evidence: {
    seq: Generated<number>;
    machine_id: string;
    operation_id: string;
    boot_id: string;
    step: string;
    document: Document<EraseEvidence>;
  };
  declared_machine: { name: string; document: Document<DeclaredMachine> };
  subnet: { name: string; document: Document<Subnet> };
  static_address: { subnet: string; address: string; machine_id: string };
  image: {
    name: string;
    arch: string;
    kernel: string;
    flavour: string;
    serial: string;
    document: Document<Image>;
  };
  bootloader: { kind: string; arch: string; file_name: string; document: Document<Bootloader> };
  stream: { name: string; updated: Timestamp };
  image_progress: { id: string; at: Timestamp; document: Document<ImageProgress> };
  secret: { id: string; field: string; sealed: string };
  event: {
    cursor: Generated<number>;
    at: Timestamp;
    kind: string;
    machine_id: string | null;
    operation_id: string | null;
    document: Document<Omit<Event, 'cursor'>>;
  };
  attempt: {
    operation_id: string;
    activity_id: string;
    attempt: number;
    activity: string;
    began_at: Timestamp;
    ended_at: Timestamp | null;
    failure: ColumnType<Failure | null, string | null, string | null>;
  };
  effect: { operation_id: string; effect: string };
  step_time: {
    operation_id: string;
    place: number;
    kind: string;
    step: string;
    model: string;
    image: string;
    seconds: number;
    at: Timestamp;
  };
  observed_power: {
    machine_id: string;
    state: PowerState;
    source: PowerDriverName;
    at: Timestamp;
    error: string | null;
    error_at: Timestamp | null;
  };
}

/** A B-tree entry has at most 2,704 bytes; a character at most four. */
const longestKey = 256;

/**
 * A hostile string as a search key: text columns take no NUL, UTF-8 no lone surrogate, and an index nothing long. Two
 * strings may share a key, so whoever searches by one compares the document afterwards.
 */
export function searchKey(value: string): string {
  const text = value.toWellFormed().replaceAll('\0', '\u{fffd}');
  return text.length <= longestKey ? text : createHash('sha256').update(text).digest('hex');
}
