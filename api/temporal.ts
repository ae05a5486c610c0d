import type { Client } from '@temporalio/client';
import { CodedError, codeOf, type Failure } from '../model/index.ts';

/** An update is only checked and noted by its workflow; longer than this means that no worker is there. */
const answerWithinMs = 20_000;

/** Speaks to Temporal within a time limit, and says every failure in the words of the error table. */
export async function withTemporal<Result>(
  temporal: () => Client,
  speak: (client: Client) => Promise<Result>,
  withinMs = answerWithinMs,
): Promise<Result> {
  const client = temporal();
  try {
    return await client.withDeadline(Date.now() + withinMs, () => speak(client));
  } catch (error) {
    throw codedFrom(error);
  }
}

/** Branches on names, codes and types only: two copies of the SDK must agree. */
export function codedFrom(error: unknown): unknown {
  if (codeOf(error)) return error;
  const failure = failureIn(error);
  if (failure) return new CodedError(failure.code, failure.message, failure.details, error);
  const name = (error as Error | undefined)?.name;
  if (name === 'WorkflowUpdateRPCTimeoutOrCancelledError' || isGrpc(error, 4) || isGrpc(error, 1)) {
    return new CodedError(
      'TEMPORAL_UNAVAILABLE',
      'no worker took the request in time; it may still be carried out when one comes back',
      {},
      error,
    );
  }
  if (name === 'WorkflowNotFoundError') {
    return new CodedError('NOT_FOUND', 'the store knows it, but its workflow is not in Temporal', {}, error);
  }
  if (isGrpc(error, 14)) {
    return new CodedError('TEMPORAL_UNAVAILABLE', 'the Temporal server does not answer', {}, error);
  }
  return error;
}

/** `cause` of WorkflowUpdateFailedError or WorkflowFailedError, below it ActivityFailure, below it the failure of ours. */
export function failureIn(error: unknown): Failure | undefined {
  for (let layer = error; layer instanceof Error; layer = layer.cause) {
    const { type, details } = layer as Error & { type?: unknown; details?: readonly unknown[] };
    const code = codeOf({ code: type });
    if (!code) continue;
    const [noted] = Array.isArray(details) ? (details as [Failure?]) : [];
    return noted?.details && codeOf(noted) ? noted : { code, message: layer.message };
  }
  return undefined;
}

/** gRPC status codes: 1 CANCELLED, 4 DEADLINE_EXCEEDED, 14 UNAVAILABLE. */
function isGrpc(error: unknown, status: number): boolean {
  for (let layer = error; layer instanceof Error; layer = layer.cause) {
    if ((layer as { code?: unknown }).code === status) return true;
  }
  return false;
}
