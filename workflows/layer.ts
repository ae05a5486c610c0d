import type { AppliedLayer, MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { LayerRequest } from '../model/requests.ts';
import { layLayer, takeLayerAway } from './lay-layer.ts';
import { createSteps } from './steps.ts';

export interface LayerInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  readonly request: LayerRequest;
}

/** Lays one layer on a deployed machine. */
export async function applyLayer({ machine, operation, request }: LayerInput): Promise<AppliedLayer> {
  return layLayer(createSteps(operation), machine, request);
}

export async function removeLayer({ machine, operation, request }: LayerInput): Promise<void> {
  await takeLayerAway(createSteps(operation), machine, request);
}
