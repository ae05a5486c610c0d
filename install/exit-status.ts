import { diskStatus } from '../disks/index.ts';
import { CodedError, type ErrorCode } from '../model/index.ts';

/** How a script says what went wrong; the last line of its log says it in words. From 80 on: below, tools have their own. */
export const exitStatus = {
  diskChanged: diskStatus.changed,
  diskBusy: diskStatus.busy,
  intentUsed: 82,
  interrupted: 83,
  imageHash: 84,
  toolMissing: 85,
} as const;

const codes: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [exitStatus.diskChanged, 'DISK_CHANGED'],
  [exitStatus.diskBusy, 'DISK_NOT_SUITABLE'],
  [exitStatus.intentUsed, 'INTENT_USED'],
  [exitStatus.interrupted, 'STEP_INTERRUPTED'],
  [exitStatus.imageHash, 'IMAGE_HASH_MISMATCH'],
  [exitStatus.toolMissing, 'INSTALLER_LACKS_TOOL'],
]);

/** Undefined for exit status 0. `tail` is the end of the log of the job. */
export function stepFailure(
  step: string,
  result: { exitCode: number; tail: string },
): CodedError | undefined {
  if (result.exitCode === 0) return undefined;
  const lastLine = result.tail.trimEnd().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
  return new CodedError(
    codes.get(result.exitCode) ?? 'REMOTE_COMMAND_FAILED',
    `Step "${step}" ended with exit status ${result.exitCode}${lastLine === '' ? '.' : `: ${lastLine}`}`,
    { step, exitCode: result.exitCode },
  );
}
