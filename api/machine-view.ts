import { allowedOperations, type MachineRecord, type Operation, type OperationKind } from '../model/index.ts';
import type { Store } from '../store/types.ts';

/** An operation and the newest log line of each of its steps. */
export interface OperationView extends Operation {
  readonly lastLines: Readonly<Record<string, string>>;
}

/** A machine, what it is doing or did last, and what may be asked of it now. */
export interface MachineView extends MachineRecord {
  readonly allowedOperations: readonly OperationKind[];
  readonly operation?: OperationView;
}

export async function viewMachine(store: Store, machine: MachineRecord): Promise<MachineView> {
  const operation = machine.operationId && (await store.operations.get(machine.operationId));
  const isBusy = operation && operation.state === 'running';
  return {
    ...machine,
    allowedOperations: isBusy ? [] : allowedOperations(machine.state),
    ...(operation && { operation: await viewOperation(store, operation) }),
  };
}

export async function viewOperation(store: Store, operation: Operation): Promise<OperationView> {
  return { ...operation, lastLines: await store.operations.lastLines(operation.id) };
}
