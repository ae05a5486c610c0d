export {
  type BootRecord,
  darkRungCauses,
  firstDarkRung,
  type Hello,
  lastSign,
  type SignOfLife,
  signsOfLife,
} from './boot.ts';
export {
  CodedError,
  codeOf,
  type ErrorCode,
  type ErrorEntry,
  errorTable,
  type Failure,
  failureOf,
} from './errors.ts';
export { compareIdentity, type IdentityMatch, isPlaceholderSerial, isPlaceholderUuid } from './identity.ts';
export {
  type Bootloader,
  type Image,
  type ImageFile,
  type ImageFileKind,
  imageFileKinds,
  parseImageName,
} from './image.ts';
export type { Disk, Inventory, MemoryModule, Nic } from './inventory.ts';
export {
  allowedOperations,
  type AppliedLayer,
  type Deployment,
  type EphemeralSession,
  type Firmware,
  type HardwareIdentity,
  type MachineRecord,
  type MachineState,
  machineStates,
  mayAsk,
  type OperationKind,
  operationKinds,
  transitions,
} from './machine.ts';
export type { Event, Operation, Step, StepState } from './operation.ts';
export type { DeployPlan, PlannedDisk, PlannedNetwork, PlannedPartition } from './plan.ts';
export { type PowerAction, powerActions, type PowerParameters, type PowerState } from './power.ts';
export type {
  Accepted,
  Arrival,
  ConfigureRequest,
  DeployRequest,
  LayerRequest,
  PlanAnswer,
  PlanRequest,
  SyncAnswer,
  SyncRequest,
} from './requests.ts';
export { Secret } from './secret.ts';
export type { Subnet } from './subnet.ts';
