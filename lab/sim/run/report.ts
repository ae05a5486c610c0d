import type { Expected } from '../faults/expected.ts';

/** What one run of a fleet showed. JSON. */
export interface FleetReport {
  readonly count: number;
  readonly seed: number;
  readonly driver: 'redfish' | 'manual';
  readonly machines: readonly MachineEnd[];
  readonly seconds: {
    readonly powerOnToHello: Spread;
    readonly commission: Spread;
    readonly deploy: Spread;
    readonly whole: number;
  };
  /** Resident memory in MiB. */
  readonly memory: {
    readonly service: number;
    readonly servicePeak: number;
    readonly temporal: number;
    readonly fleet: number;
    /** Of the fleet, above what the process had before there was one, for each machine. KiB. */
    readonly fleetEach: number;
  };
  /** Destructive effects that one intent had more than once. */
  readonly doubleEffects: readonly string[];
  readonly unrecognised: readonly string[];
}

export interface MachineEnd {
  readonly name: string;
  /** The fault case, or `healthy`. */
  readonly story: string;
  readonly expected: Expected;
  readonly state: string;
  readonly code?: string;
  readonly message?: string;
  readonly workflow: string;
  /** Operations that say that they are at work. */
  readonly running: number;
  /** The last step of the last operation, and what it waits for. */
  readonly lastStep?: string;
  readonly firmwareStarts: number;
  /** Empty: it ended where it had to. */
  readonly wrong: readonly string[];
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) * 10) / 10;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** What is wrong with the end of one machine; nothing is stuck, and nothing ended elsewhere than it had to. */
export function wrongWith(end: Omit<MachineEnd, 'wrong'>): readonly string[] {
  const { state, expected, code, workflow, running } = end;
  const wrong: string[] = [];
  if (state !== expected.state) wrong.push(`ended ${state}, not ${expected.state}`);
  const { codes } = expected;
  if (codes && !codes.some((one) => one === code))
    wrong.push(`failed with ${code ?? 'no code'}, not ${codes.join(' or ')}`);
  if (!codes && code !== undefined) wrong.push(`shows ${code}`);
  if (workflow !== 'RUNNING') wrong.push(`its workflow is ${workflow}`);
  if (running > 0) wrong.push(`${running} operations are still at work`);
  return wrong;
}

export function describeReport(report: FleetReport): string {
  const { machines, seconds, memory } = report;
  const wrong = machines.filter((each) => each.wrong.length > 0);
  const time = (name: string, { count, p50, p95, max }: Spread): string =>
    `  ${name.padEnd(18)} ${String(count).padStart(4)} × p50 ${p50} s, p95 ${p95} s, longest ${max} s`;
  return [
    `${report.count} machines, seed ${report.seed}, power by ${report.driver}, ${seconds.whole} s in all`,
    ...machines
      .filter(({ story }) => story !== 'healthy')
      .map(({ name, story, state, code, wrong: not }) =>
        `  ${not.length > 0 ? '✗' : '✓'} ${name} ${story}: ${state}${code ? ` (${code})` : ''} ${not.join('; ')}`.trimEnd(),
      ),
    `  deployed ${machines.filter(({ state }) => state === 'Deployed').length}, ended elsewhere than they had to ${wrong.length}`,
    ...wrong.map(
      ({ name, story, message, lastStep, wrong: not }) =>
        `  ✗ ${name} (${story}): ${not.join('; ')}. ${message ?? ''} Last step: ${lastStep ?? 'none'}`,
    ),
    time('power-on to hello', seconds.powerOnToHello),
    time('commission', seconds.commission),
    time('deploy', seconds.deploy),
    `  memory: service ${memory.service} MiB (peak ${memory.servicePeak}), Temporal ${memory.temporal} MiB, fleet ${memory.fleet} MiB (${memory.fleetEach} KiB a machine)`,
    `  destructive effects twice: ${report.doubleEffects.length}, unrecognised scripts: ${report.unrecognised.length}`,
    ...[...new Set(report.unrecognised.map((text) => text.slice(0, 300)))].map(
      (text) => `  ? ${JSON.stringify(text)}`,
    ),
  ].join('\n');
}
