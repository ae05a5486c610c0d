import type { AppliedLayer, LayerRequest } from '../model/layer.ts';
import type { MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import { stopRemoteJobs } from './bring-up.ts';
import { layLayers, takeLayerAway } from './lay-layer.ts';
import { createSteps, type Steps, stoppable } from './steps.ts';

export interface LayerInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  readonly request: LayerRequest;
}

/** Lays a layer, and what it requires, on a deployed machine. The one that was asked for is the last. */
export function applyLayer({ machine, operation, request }: LayerInput): Promise<readonly AppliedLayer[]> {
  return stopping(machine, operation, (steps) => layLayers(steps, machine, [request]));
}

export function removeLayer({ machine, operation, request }: LayerInput): Promise<void> {
  return stopping(machine, operation, (steps) => takeLayerAway(steps, machine, request));
}

function stopping<Result>(
  machine: MachineRecord,
  operation: Operation,
  work: (steps: Steps) => Promise<Result>,
): Promise<Result> {
  const steps = createSteps(operation);
  return stoppable(
    () => work(steps),
    async () => {
      if (machine.deployment) await stopRemoteJobs(steps, machine, machine.deployment);
    },
  );
}
