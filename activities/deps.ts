import type { FileStore } from '../image/index.ts';
import type {
  Accepted,
  ConfigureRequest,
  ErasePolicy,
  LayerRequest,
  MachineRecord,
  Operation,
} from '../model/index.ts';
import type { Ipv4 } from '../net/index.ts';
import type { BootDeadlines } from './types.ts';
import type { Hosts, OwnKey } from './hosts.ts';
import type { PowerDrivers } from '../power/index.ts';
import type { Store } from '../store/index.ts';

/** What activities need of the world, given by whoever composes the worker. */
export interface ActivityDependencies {
  readonly store: Store;
  readonly power: PowerDrivers;
  readonly hosts: Hosts;
  readonly bootDeadlines: BootDeadlines;
  /** Default: evidence for what was asked. */
  readonly erasePolicy?: ErasePolicy;
  /** Default: on. Off: the BMC is not looked for from inside, and no user is made on it. */
  readonly bmcAdoption?: 'on' | 'off';
  /** Default: close. Whether the ways from a machine into its BMC are switched off before it is handed out. */
  readonly bmcHostInterface?: 'close' | 'leave';
  readonly ssh: OwnKey;
  /** Where machines fetch artefacts: `http://10.78.0.1:8080`, in the subnet of this address. */
  readonly artefactUrl: (server: Ipv4, sha256: string) => string;
  /** Where the files of images are kept. */
  readonly imageFiles: FileStore;
  readonly workflows: MachineWorkflows;
}

/** The workflows of machines, as Temporal knows them. */
export interface MachineWorkflows {
  running(): Promise<{ has(machineId: string): boolean }>;
  /** @returns false when it has one after all. */
  revive(record: MachineRecord, latest: Operation | undefined): Promise<boolean>;
  /** Begins the one of a machine that runs already; one that is there goes on. It stands in the store when this returns. */
  introduce(record: MachineRecord): Promise<void>;
  /** It stands in the store when this returns. */
  configure(record: MachineRecord, latest: Operation | undefined, request: ConfigureRequest): Promise<void>;
  /** @throws CodedError what the machine refuses it with. Asking again with the same key asks nothing new. */
  applyLayer(
    record: MachineRecord,
    latest: Operation | undefined,
    request: LayerRequest,
    key: string,
  ): Promise<Accepted>;
}
