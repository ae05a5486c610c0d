import type { MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { MachineInput } from './machine-record.ts';

/** For a machine that the store knows and that has no workflow any more: it goes on from what was written down last. */
export function reviveInput(record: MachineRecord, latest: Operation | undefined): MachineInput {
  const numbers = [record.operationId, latest?.id].map((id) => Number(id?.split('/').at(-1) ?? 0));
  return { kind: 'revived', record, operationCount: Math.max(...numbers) };
}
