import type { SweepCase } from './cases.ts';
import { victims } from './victims.ts';

export interface CaseEnd extends SweepCase {
  readonly end: 'well' | 'failed rightly' | 'stuck' | 'wrong';
  readonly wrong: readonly string[];
  readonly doubleEffects: readonly string[];
  readonly seconds: number;
}

export interface SweepReport {
  readonly cases: readonly CaseEnd[];
  readonly unrecognised: readonly string[];
  /** Why a lane could not go on to its end. */
  readonly broken: readonly string[];
  /** How often the program ended by itself and had to be started again, by role. */
  readonly exits: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export function merge(reports: readonly SweepReport[]): SweepReport {
  const exits: Record<string, number> = {};
  for (const report of reports)
    for (const [role, count] of Object.entries(report.exits)) exits[role] = (exits[role] ?? 0) + count;
  return {
    cases: reports.flatMap(({ cases }) => cases),
    unrecognised: reports.flatMap(({ unrecognised }) => unrecognised),
    broken: reports.flatMap(({ broken }) => broken),
    exits,
    seconds: Math.max(0, ...reports.map(({ seconds }) => seconds)),
  };
}

/** Cases that ended otherwise than they had to. */
export function wrongCases({ cases }: SweepReport): readonly CaseEnd[] {
  return cases.filter(({ wrong, doubleEffects }) => wrong.length > 0 || doubleEffects.length > 0);
}

export function isClean(report: SweepReport): boolean {
  return wrongCases(report).length + report.broken.length + report.unrecognised.length === 0;
}

const heads = [
  'victim',
  'operation',
  'cases',
  'ended well',
  'failed rightly',
  'stuck',
  'wrong',
  'twice',
  'longest',
];

/** One line a victim and operation, then every case that ended otherwise than it had to. */
export function describeSweep(report: SweepReport): string {
  const { cases, unrecognised, broken, exits, seconds } = report;
  const groups = victims.flatMap((victim) => {
    const own = cases.filter((one) => one.victim === victim);
    return [...new Set(own.map(({ kind }) => kind))].map((kind) => own.filter((one) => one.kind === kind));
  });
  const row = (victim: string, kind: string, own: readonly CaseEnd[]): readonly string[] => {
    const count = (end: CaseEnd['end']): string => String(own.filter((one) => one.end === end).length);
    const twice = own.reduce((sum, one) => sum + one.doubleEffects.length, 0);
    const longest = Math.max(0, ...own.map((one) => one.seconds));
    return [
      ...[
        victim,
        kind,
        String(own.length),
        count('well'),
        count('failed rightly'),
        count('stuck'),
        count('wrong'),
      ],
      ...[String(twice), `${longest.toFixed(0)} s`],
    ];
  };
  const rows = [
    heads,
    ...groups.map((own) => row(own[0]?.victim ?? '', own[0]?.kind ?? '', own)),
    row('all', '', cases),
  ];
  const widths = heads.map((_head, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const ended = Object.entries(exits).filter(([, count]) => count > 0);
  return [
    `Struck before, during and after activities: ${cases.length} cases in ${seconds.toFixed(0)} s`,
    ...rows.map((cells) => `  ${line(cells)}`),
    ...ended.map(([role, count]) => `  ${role} ended by itself and was started again: ${count} times`),
    ...wrongCases(report).map(
      ({ victim, isLong, kind, activity, activityId, moment, wrong, doubleEffects }) =>
        `  ✗ ${victim}${isLong ? ' for long' : ''}, ${kind}: ${moment} ${activity} (${activityId}): ${[...wrong, ...doubleEffects.map((effect) => `twice: ${effect}`)].join('; ')}`,
    ),
    ...broken.map((why) => `  ✗ a lane ended early: ${why}`),
    ...[...new Set(unrecognised.map((text) => text.slice(0, 200)))].map(
      (text) => `  ? unrecognised script ${JSON.stringify(text)}`,
    ),
  ].join('\n');
}
