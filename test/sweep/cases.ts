import { createRandom } from '../../lab/sim/random.ts';
import { type CrashPoint, moments } from './crash-point.ts';

/** Operations in an order in which one machine can go through them again and again. */
export const operations = [
  { verb: 'commission', kind: 'commission', to: 'Ready' },
  { verb: 'deploy', kind: 'deploy', to: 'Deployed' },
  { verb: 'rescue', kind: 'rescue', to: 'Rescue' },
  { verb: 'exit-rescue', kind: 'exit-rescue', to: 'Deployed' },
  { verb: 'release', kind: 'release', to: 'Ready' },
] as const;
export type SweptOperation = (typeof operations)[number];

/** An activity as a history shows it scheduled. */
export interface Scheduled {
  readonly activityId: string;
  readonly activity: string;
}

/** Steps that differ under one name: each of them is a case of its own. */
const eachOne = new Set(['runInstallStep', 'runEraseStep', 'runScript']);

/** The first of every activity, and each step that writes to the machine, at three moments. */
export function casesOf(kind: string, scheduled: readonly Scheduled[]): readonly CrashPoint[] {
  const seen = new Set<string>();
  const chosen = scheduled.filter(({ activity }) => {
    const isNew = !seen.has(activity);
    seen.add(activity);
    return isNew || eachOne.has(activity);
  });
  return chosen.flatMap((one) => moments.map((moment) => ({ kind, ...one, moment })));
}

/** As many as wanted, spread over the operations by the seed; the same seed chooses the same. */
export function sample(cases: readonly CrashPoint[], count: number, seed: number): readonly CrashPoint[] {
  return createRandom(seed).shuffled(cases).slice(0, count);
}
