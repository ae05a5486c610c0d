export { openStore, type StoreOptions } from './open.ts';
export type {
  BootStore,
  EventStore,
  ImageStore,
  InventoryStore,
  MachineStore,
  OperationStore,
  PlanStore,
  SecretStore,
  Store,
  SubnetStore,
} from './types.ts';
