import { diskStatus } from '../disks/index.ts';

/** How an erasing script says what went wrong; the last line of its log says it in words. */
export const eraseStatus = {
  ...diskStatus,
  /** The disk refused, or ended with an error. */
  notErased: 90,
  /** Something that was there before can still be read. */
  notVerified: 91,
} as const;

/** Why a disk is not shown to be erased, in words: the last line of the log. Undefined for exit status 0. */
export function failureReason(
  step: string,
  result: { readonly exitCode: number; readonly tail: string },
): string | undefined {
  if (result.exitCode === 0) return undefined;
  const said = result.tail.trimEnd().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
  return `Step "${step}": ${said || `exit status ${result.exitCode}`}.`;
}
