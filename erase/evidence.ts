import type { EraseEvidence, ErasePlan, EraseVerification, PlannedErasure } from '../model/index.ts';
import { failureReason } from './exit-status.ts';

export interface EraseOutcome {
  readonly machineId: string;
  readonly operationId: string;
  readonly plan: Pick<ErasePlan, 'level' | 'bootId'>;
  readonly erasure: PlannedErasure;
  readonly result: { readonly exitCode: number; readonly tail: string };
  readonly endedAt: Date;
}

const line =
  /^evidence: blocks=(\d{1,15}) bytes=(\d{1,15}) nonzero=(\d{1,15}) marked=(\d{1,15}) seconds=(\d{1,9})$/;

/** Of one disk. A script that ended well without its last line has shown nothing, which is a failure. */
export function evidenceOf({
  machineId,
  operationId,
  plan,
  erasure,
  result,
  endedAt,
}: EraseOutcome): EraseEvidence {
  const told = readEvidenceLine(result.tail);
  const reason =
    failureReason(erasure.step, result) ??
    (told ? undefined : `Step "${erasure.step}" did not say what it read back.`);
  return {
    format: 'erase-evidence:1',
    machineId,
    operationId,
    bootId: plan.bootId,
    disk: erasure.disk,
    level: plan.level,
    method: erasure.method,
    startedAt: new Date(endedAt.getTime() - (told?.seconds ?? 0) * 1000).toISOString(),
    endedAt: endedAt.toISOString(),
    result: reason === undefined ? 'ok' : 'failed',
    ...(reason !== undefined && { reason }),
    ...(told && { verified: told.verified }),
  };
}

function readEvidenceLine(
  tail: string,
): { readonly verified: EraseVerification; readonly seconds: number } | undefined {
  const match = line.exec(tail.trimEnd().split('\n').at(-1) ?? '');
  if (!match) return undefined;
  const [blocks, bytes, nonZero, marked, seconds] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { verified: { blocks, bytes, nonZero, marked }, seconds };
}
