import type { Operation } from '../model/index.ts';
import { forgetSecrets } from './deploy-secrets.ts';
import type { Store } from '../store/index.ts';
import type { MachineRecorder, OperationRecorder } from './types.ts';

/** What the workflows write about themselves. Each may run twice: the store keeps the highest version. */
export function recordActivities(store: Store): MachineRecorder & OperationRecorder {
  return {
    recordMachine: (machine) => store.machines.record(machine),
    recordOperation: (operation) => store.operations.record(operation),
    async endOperation({ operationId, failure }) {
      const operation = await store.operations.get(operationId);
      if (!operation || operation.state !== 'running') return;
      const endedAt = new Date().toISOString();
      // A step that was at work when its workflow ended any other way than by itself ends with it.
      const steps = operation.steps.map((step) =>
        step.state === 'running'
          ? { ...step, state: 'failed' as const, endedAt, ...(failure && { failure }) }
          : step,
      );
      await store.operations.record({
        ...operation,
        version: operation.version + 1,
        state: failure ? 'failed' : 'succeeded',
        steps,
        endedAt,
        ...(failure && { failure }),
      });
      if (!failure) await learn(store, operation, endedAt);
      await forgetSecrets(store.secrets, operationId);
    },
  };
}

/** How long each step took is remembered for machines of the same model. */
async function learn(store: Store, operation: Operation, at: string): Promise<void> {
  const found = await store.inventories.latest(operation.machineId);
  const times = operation.steps.flatMap(({ name, state, startedAt, endedAt }, place) =>
    state === 'done' && endedAt
      ? [{ place, step: name, seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 }]
      : [],
  );
  const { id: operationId, kind } = operation;
  const model = found?.inventory.system.product ?? '';
  await store.timeline.learn({ operationId, kind, model, image: operation.image ?? '', at }, times);
}
