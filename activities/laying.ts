import { setTimeout as sleep } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { CodedError } from '../model/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { LayingActivities } from './layer-types.ts';

const LOOK_MS = 1_000;

export function layingActivities({ store, workflows }: ActivityDependencies): LayingActivities {
  return {
    async askForLayer({ machineId, request, key }) {
      const machine = await store.machines.get(machineId);
      if (!machine) throw new CodedError('NOT_FOUND', `There is no machine ${machineId}.`);
      const [latest] = await store.operations.ofMachine(machineId, 1);
      return workflows.applyLayer(machine, latest, request, key);
    },

    async awaitOperation({ operationId }) {
      for (;;) {
        heartbeat();
        const operation = await store.operations.get(operationId);
        // Its failure is an answer: what to do about it is the laying's to decide.
        if (operation && operation.state !== 'running')
          return operation.failure ? { failure: operation.failure } : {};
        await sleep(LOOK_MS, undefined, { signal: cancellationSignal() });
      }
    },
  };
}
