import type { MachineView, StepStory } from '../../api/index.ts';
import { clean, clock, duration, since, waiting } from '../text.ts';
import { usualWords } from '../wait/picture.ts';

/** One plain sentence: what is happening, since when, and until when it may take. */
export function nowSentence(
  { operation, state }: Pick<MachineView, 'operation' | 'state'>,
  now: Date,
): string {
  if (!operation)
    return state === 'New' ? 'Nothing was asked of it yet; commission it.' : 'Nothing is at work.';
  if (operation.state !== 'running') {
    const took = duration(
      Date.parse(operation.endedAt ?? operation.startedAt) - Date.parse(operation.startedAt),
    );
    const ended = since(operation.endedAt ?? operation.startedAt, now);
    return `Nothing is at work. The last, ${operation.kind}, ${operation.state} ${ended} ago after ${took}.`;
  }
  const step: StepStory | undefined = operation.steps.findLast(({ state: at }) => at === 'running');
  if (!step)
    return `At work on ${operation.kind} since ${since(operation.startedAt, now)}; between two steps.`;
  const limit = step.deadline ? `; it has until ${clock(step.deadline)}` : '';
  const what = step.waitingFor ? waiting(step.waitingFor) : `at work on ${clean(step.name)}`;
  // A sentence that asks a person for something stands behind a colon.
  const said = /^[A-Z]/.test(what) ? `: ${what.replace(/\.$/, '')},` : ` ${what}`;
  const usual = step.usual ? ` (${usualWords(step.usual, now.getTime() - Date.parse(step.startedAt))})` : '';
  return `${capital(operation.kind)}${said} since ${since(step.startedAt, now)}${usual}${limit}.`;
}

/** For a column: the thing that is waited for, or the step. */
export function waitingWord({ operation }: Pick<MachineView, 'operation'>): string {
  if (operation?.state !== 'running') return '';
  const step = operation.steps.findLast((candidate) => candidate.state === 'running');
  return step?.waitingFor ?? step?.name ?? '';
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
