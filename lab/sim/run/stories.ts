import { type FaultCase, faultCases } from '../faults/expected.ts';
import { createRandom } from '../random.ts';

export interface Stories {
  readonly count: number;
  /** Of all machines, this share is faulty. */
  readonly faultyPercent: number;
  readonly seed: number;
  /** Whether the machines' power can be switched. */
  readonly hasPower: boolean;
  /** Also what takes a quarter of an hour. */
  readonly withLong: boolean;
  /** Only cases with this in their name. */
  readonly only?: string;
}

export const healthy: FaultCase = { name: 'healthy', faults: [], expected: { state: 'Deployed' } };

/** Which machine goes wrong in which way. Every way is told before any is told twice; the rest are well. */
export function chooseStories({
  count,
  faultyPercent,
  seed,
  hasPower,
  withLong,
  only = '',
}: Stories): readonly FaultCase[] {
  const random = createRandom(seed ^ 0x5eed);
  const usable = faultCases.filter(
    (one) => (hasPower || !one.needsPower) && (withLong || !one.isLong) && one.name.includes(only),
  );
  if (usable.length === 0) throw new RangeError(`no fault case is named ${only}`);
  const faulty = Math.min(count, Math.round((count * faultyPercent) / 100));
  const told: FaultCase[] = [];
  while (told.length < faulty) told.push(...random.shuffled(usable).slice(0, faulty - told.length));
  const well = Array.from({ length: count - faulty }, () => healthy);
  return random.shuffled([...told, ...well]);
}
