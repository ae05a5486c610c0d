/** Said in the log of the step `configure` when nothing could be put into the image: it starts, and we shall not know how it fares. */
export const NO_REACH = 'reach: none';

export function isOutOfReach(log: string): boolean {
  return log.split('\n').some((line) => line.trim() === NO_REACH);
}
