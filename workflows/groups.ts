import type { Steps } from './steps.ts';

/** A step as an activity outlines it. Steps of one group may run side by side; groups follow each other. */
export interface OutlinedStep {
  readonly name: string;
  readonly deadlineMs: number;
  readonly group: number;
}

/** All of a group end before the next begins; the first failure in their order is thrown then. */
export async function runGroups<Result>(
  steps: Steps,
  outline: readonly OutlinedStep[],
  work: (step: OutlinedStep) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const group of new Set(outline.map((step) => step.group))) {
    const together = outline.filter((step) => step.group === group);
    const ended = await Promise.allSettled(together.map((step) => steps.run(step.name, () => work(step))));
    for (const end of ended) {
      if (end.status === 'rejected') throw end.reason;
      results.push(end.value);
    }
  }
  return results;
}
