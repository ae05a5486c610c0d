import { createRandom } from '../../lab/sim/random.ts';
import { type CrashPoint, moments } from './crash-point.ts';
import { isCut, longCuts, type Victim, victims } from './victims.ts';

/** Operations in an order in which one machine can go through them again and again. */
export const operations = [
  { verb: 'commission', kind: 'commission', to: 'Ready' },
  { verb: 'test', kind: 'test', to: 'Ready' },
  { verb: 'power', kind: 'power', to: 'Ready' },
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

/** A point, who is hit there, and of a cut whether it lasts longer than the product bears. */
export interface SweepCase extends CrashPoint {
  readonly victim: Victim;
  readonly isLong?: true;
}

/** Steps that differ under one name: each of them is a case of its own. */
const eachOne = new Set(['runInstallStep', 'runEraseStep', 'runScript']);

/** The first of every activity, and each step that writes to the machine, at three moments. */
export function pointsOf(kind: string, scheduled: readonly Scheduled[]): readonly CrashPoint[] {
  const seen = new Set<string>();
  const chosen = scheduled.filter(({ activity }) => {
    const isNew = !seen.has(activity);
    seen.add(activity);
    return isNew || eachOne.has(activity);
  });
  return chosen.flatMap((one) => moments.map((moment) => ({ kind, ...one, moment })));
}

export interface Choice {
  readonly seed: number;
  readonly victims: readonly Victim[];
  /** Where workers die: as many points as this. Undefined: at all of them. */
  readonly cases?: number;
  /** Where any other victim is hit. */
  readonly others: number;
  /** Whether each cut lasts once longer than the product bears. */
  readonly withLong: boolean;
}

/** The same seed chooses the same. */
export function choose(points: readonly CrashPoint[], choice: Choice): readonly SweepCase[] {
  return victims
    .filter((victim) => choice.victims.includes(victim))
    .flatMap((victim, index): readonly SweepCase[] => {
      const fitting = points.filter((point) => fits(victim, point, points));
      const wanted = victim === 'worker' ? (choice.cases ?? fitting.length) : choice.others;
      const usual = spread(fitting, wanted, choice.seed + index).map((point) => ({ ...point, victim }));
      if (!choice.withLong || !isCut(victim)) return usual;
      const { activities } = longCuts[victim];
      const lasting = fitting.filter(
        ({ activity, moment }) => moment === 'before' && activities.includes(activity),
      );
      const long = spread(lasting, 1, choice.seed).map(
        (point) => ({ ...point, victim, isLong: true }) as const,
      );
      return [...usual, ...long];
    });
}

/** How long a case takes, in those of one whose worker is only away for as long as it takes to start again. */
const weightOf = ({ victim, isLong }: SweepCase): number => (isLong ? 25 : victim === 'worker' ? 1.5 : 1);

/** Shared out so that all lanes take as long. What waits longest comes first, and workers, of which there are most, last. */
export function ofLane(cases: readonly SweepCase[], lane: number, lanes: number): readonly SweepCase[] {
  const loads = Array.from({ length: lanes }, () => 0);
  const own: SweepCase[] = [];
  for (const one of cases.toSorted((a, b) => weightOf(b) - weightOf(a))) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + weightOf(one);
    if (least === lane) own.push(one);
  }
  const turnOf = ({ victim, isLong }: SweepCase): number => (isLong ? 0 : victim === 'worker' ? 2 : 1);
  return own.toSorted((a, b) => turnOf(a) - turnOf(b));
}

const speaksSsh = new Set([
  ...['probeSession', 'collectInventory', 'listenForNeighbours', 'outlineErase', 'runEraseStep', 'runScript'],
  ...['runInstallStep', 'enterInstalled', 'awaitInstalled', 'awaitDeployment', 'shutDown', 'letIn'],
]);

function fits(
  victim: Victim,
  { kind, activity, activityId, moment }: CrashPoint,
  all: readonly CrashPoint[],
): boolean {
  switch (victim) {
    case 'worker':
    case 'temporal':
    case 'postgres':
      return true;
    case 'api':
      // Whoever asked has an answer by then, and waits for the end.
      return Number(activityId) > 3 || kind === 'power';
    case 'bmc':
      return activity === 'orderPower' && moment !== 'after';
    case 'ssh':
      return speaksSsh.has(activity);
    case 'dhcp':
      return activity === 'orderPower' && all.some((one) => one.kind === kind && one.activity === 'openBoot');
  }
}

/** As many as wanted, of each operation in turn. */
function spread(points: readonly CrashPoint[], count: number, seed: number): readonly CrashPoint[] {
  const shuffled = createRandom(seed).shuffled(points);
  const turn = new Map<CrashPoint, number>();
  const counted = new Map<string, number>();
  for (const point of shuffled) {
    const number = counted.get(point.kind) ?? 0;
    turn.set(point, number);
    counted.set(point.kind, number + 1);
  }
  return shuffled.toSorted((a, b) => (turn.get(a) ?? 0) - (turn.get(b) ?? 0)).slice(0, count);
}
