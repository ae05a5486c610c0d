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
    },
  };
}
