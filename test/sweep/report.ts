import type { CrashPoint } from './crash-point.ts';

export interface CaseEnd extends CrashPoint {
  /** Empty: it ended as it had to. */
  readonly wrong: readonly string[];
  readonly state: string;
  readonly seconds: number;
}

export interface SweepReport {
  readonly cases: readonly CaseEnd[];
  readonly doubleEffects: readonly string[];
  readonly unrecognised: readonly string[];
  readonly seconds: number;
}

export function merge(reports: readonly SweepReport[]): SweepReport {
  return {
    cases: reports.flatMap(({ cases }) => cases),
    doubleEffects: reports.flatMap(({ doubleEffects }) => doubleEffects),
    unrecognised: reports.flatMap(({ unrecognised }) => unrecognised),
    seconds: Math.max(0, ...reports.map(({ seconds }) => seconds)),
  };
}

/** One line an operation, then every case that ended otherwise than it had to. */
export function describeSweep({ cases, doubleEffects, unrecognised, seconds }: SweepReport): string {
  const kinds = [...new Set(cases.map(({ kind }) => kind))];
  const wrong = cases.filter((one) => one.wrong.length > 0);
  const rows = kinds.map((kind) => {
    const own = cases.filter((one) => one.kind === kind);
    const well = own.filter((one) => one.wrong.length === 0).length;
    const longest = Math.max(...own.map((one) => one.seconds));
    return `  ${kind.padEnd(14)} ${String(own.length).padStart(5)} cases ${String(well).padStart(5)} ended well   longest ${longest.toFixed(0)} s`;
  });
  return [
    `Worker killed -9 before, during and after activities: ${cases.length} cases in ${seconds.toFixed(0)} s`,
    ...rows,
    `  stuck or wrong ${wrong.length}, destructive effects twice ${doubleEffects.length}, unrecognised scripts ${unrecognised.length}`,
    ...wrong.map(
      ({ kind, activity, activityId, moment, wrong: why }) =>
        `  ✗ ${kind}: ${moment} ${activity} (${activityId}): ${why.join('; ')}`,
    ),
    ...doubleEffects.map((effect) => `  ✗ twice: ${effect}`),
    ...[...new Set(unrecognised.map((text) => text.slice(0, 200)))].map(
      (text) => `  ? ${JSON.stringify(text)}`,
    ),
  ].join('\n');
}
