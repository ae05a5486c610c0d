export type {
  About,
  AboutLayer,
  BootActivities,
  CommissionActivities,
  ImageActivities,
  InstallActivities,
  LayerActivities,
  MachineRecorder,
  OperationRecorder,
  PlanActivities,
  PowerActivities,
  SessionActivities,
} from './types.ts';
