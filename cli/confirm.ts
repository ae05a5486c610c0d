import { createInterface } from 'node:readline/promises';
import { usageError } from './command-error.ts';
import type { Session } from './session.ts';

/** Nobody is there to ask: say so before anything is sent. */
export function demandConsent(session: Session, verb: string, isGiven: boolean): void {
  if (isGiven || canAsk(session)) return;
  throw usageError(
    `${verb} destroys something, and there is no terminal to ask on`,
    'See what it would do: add --plan',
    'Do it without a question: add --yes',
  );
}

export function canAsk({ around }: Session): boolean {
  return around.stdin.isTTY && around.stderr.isTTY;
}

/** Only the whole word counts: a stray key must not wipe a disk. */
export async function confirm({ around }: Session, question: string): Promise<boolean> {
  const terminal = createInterface({ input: around.stdin, output: around.stderr });
  try {
    const answer = await terminal.question(`${question} Type yes to go on: `);
    return answer.trim() === 'yes';
  } finally {
    terminal.close();
  }
}
