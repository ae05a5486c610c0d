import {
  allowedOperations,
  type EphemeralSession,
  type HostKeyPin,
  keptOf,
  type KnownPower,
  type MachineRecord,
  type Operation,
  type OperationKind,
} from '../model/index.ts';
import type { Store } from '../store/types.ts';
import type { StepStory } from './story.ts';

/** An operation and the newest log line of each of its steps. */
export interface OperationView extends Operation {
  readonly lastLines: Readonly<Record<string, string>>;
}

/** A machine, what it is doing or did last, and what may be asked of it now. */
export interface MachineView extends Omit<MachineRecord, 'session'> {
  readonly session?: EphemeralSession & { readonly pin?: HostKeyPin };
  readonly allowedOperations: readonly OperationKind[];
  /** With tries and usual times where one machine is asked for. */
  readonly operation?: OperationView & { readonly steps: readonly StepStory[] };
  /** As it was seen last, apart from what operations did; absent where nobody looks. */
  readonly knownPower?: KnownPower;
}

export async function viewMachine(store: Store, machine: MachineRecord): Promise<MachineView> {
  const operation = machine.operationId && (await store.operations.get(machine.operationId));
  const { session } = machine;
  const boot = session && (await store.boots.get(session.bootId));
  const knownPower = await store.observedPower.get(machine.id);
  const isBusy = operation && operation.state === 'running';
  const { session: _session, ...rest } = machine;
  return {
    ...rest,
    ...(session && { session: { ...session, pin: boot?.pin ?? 'network' } }),
    allowedOperations: isBusy ? [] : allowedOperations(machine.state, keptOf(machine)),
    ...(operation && { operation: await viewOperation(store, operation) }),
    ...(knownPower && { knownPower }),
  };
}

export async function viewOperation(store: Store, operation: Operation): Promise<OperationView> {
  return { ...operation, lastLines: await store.operations.lastLines(operation.id) };
}
