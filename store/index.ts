export { openStore, type StoreOptions } from './open.ts';
export type {
  BootStore,
  DeclaredStore,
  EventStore,
  EvidenceStore,
  ImageStore,
  InventoryStore,
  MachineStore,
  OperationStore,
  PlanStore,
  SecretStore,
  Store,
  SubnetStore,
  UsedImage,
} from './types.ts';
