import type { MachineView, StepStory } from '../../api/index.ts';
import { type BootRecord, type SignOfLife, signsOfLife } from '../../model/index.ts';
import { reportOf } from '../command-error.ts';
import { reportLines } from '../report.ts';
import type { Paint } from '../style.ts';
import { renderPairs } from '../table.ts';
import { clean, clock, since } from '../text.ts';
import { drawStep } from '../wait/picture.ts';
import { nowSentence } from './now-sentence.ts';
import { systemLines } from './system-lines.ts';

export interface BootView {
  readonly boot: Omit<BootRecord, 'tokenHash'>;
  readonly lastSign?: { readonly sign: SignOfLife; readonly at: string };
  readonly firstDarkRung?: SignOfLife;
  readonly causes: readonly string[];
}

/** Evidence first, then what is missing, then what usually causes that. */
export function whyPage(
  machine: MachineView,
  evidence: BootView | undefined,
  now: Date,
  paint: Paint,
  /** Why nobody can work on it, where that is so. */
  unserved?: string,
): readonly string[] {
  const system = systemLines(machine, now);
  const steps = (machine.operation?.steps ?? []).flatMap((step) => stepLines(step, now, paint));
  return [
    `${clean(machine.name)}  ${clean(machine.id)}  ${machine.state}`,
    ...renderPairs([
      ['now', [nowSentence(machine, now), ...(unserved === undefined ? [] : [unserved])]],
      ...(system.length > 0 ? [['system', system] as const] : []),
      ...(steps.length > 0 ? [['steps', steps] as const] : []),
      ['evidence', evidence ? ladder(evidence, now, paint) : ['it was not booted over the network yet']],
      ...(evidence?.firstDarkRung && evidence.causes.length > 0
        ? [['likely', evidence.causes.map(clean)] as const]
        : []),
    ]),
    ...(machine.failure ? reportLines(reportOf(machine.failure)) : []),
  ];
}

/** The reason of the last failed try stands below a step that is at work; it goes with the step, not with the next one. */
function stepLines(step: StepStory, now: Date, paint: Paint): readonly string[] {
  const line = drawStep(step, now, paint);
  const reason = step.state === 'running' ? step.tries?.lastFailure : undefined;
  if (!reason) return [line];
  return [line, paint('dim', `    the last try failed: ${clean(reason.message)} (${reason.code})`)];
}

function ladder({ boot, lastSign, firstDarkRung }: BootView, now: Date, paint: Paint): readonly string[] {
  const heard = lastSign
    ? `last heard ${since(lastSign.at, now)} ago: ${lastSign.sign}`
    : 'no sign of life yet';
  const head = `boot for ${boot.purpose} from ${clean(boot.image)}, opened ${since(boot.openedAt, now)} ago; ${heard}`;
  const highest = lastSign ? signsOfLife.indexOf(lastSign.sign) : -1;
  const rungs = signsOfLife.map((sign, index) => {
    const at = boot.signs[sign];
    if (at !== undefined) return paint('green', `✓ ${sign.padEnd(9)}`) + `  ${clock(at)}`;
    if (sign === firstDarkRung) return paint('red', `✗ ${sign.padEnd(9)}`) + '  missing';
    return `· ${sign.padEnd(9)}${index < highest ? '  not seen, but passed' : ''}`.trimEnd();
  });
  return [head, ...rungs];
}
