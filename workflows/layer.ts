import type { AppliedLayer, MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { LayerRequest } from '../model/requests.ts';
import { stopRemoteJobs } from './bring-up.ts';
import { layLayer, takeLayerAway } from './lay-layer.ts';
import { createSteps, type Steps, stoppable } from './steps.ts';

export interface LayerInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  readonly request: LayerRequest;
}

/** Lays one layer on a deployed machine. */
export function applyLayer({ machine, operation, request }: LayerInput): Promise<AppliedLayer> {
  return stopping(machine, operation, (steps) => layLayer(steps, machine, request));
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
