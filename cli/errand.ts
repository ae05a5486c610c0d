import type { MachineView, OperationView } from '../api/index.ts';
import type { ErrorCode } from '../model/index.ts';
import { isSet, type Options } from './command.ts';
import { CommandError } from './command-error.ts';
import { canAsk, confirm, demandConsent } from './confirm.ts';
import { exitStatus, statusOfAll } from './exit-status.ts';
import { findMachines } from './find.ts';
import { cleanJson, type View } from './output.ts';
import { reportError } from './report.ts';
import type { Session } from './session.ts';
import { clean } from './text.ts';
import type { Target } from './wait/progress.ts';
import { waitFor } from './wait/wait.ts';

/** What would happen to one machine. */
export interface Foresight {
  readonly machine: string;
  /** One statement a line. */
  readonly lines: readonly string[];
  readonly digest?: string;
  readonly plan?: unknown;
}

/** Something that is asked of machines. */
export interface Errand {
  readonly verb: string;
  readonly isDestructive: boolean;
  /** A failure of the operation that is what was asked for. */
  readonly wants?: ErrorCode;
  foresee(machine: MachineView): Promise<Foresight>;
  /** With the digest of the plan that was shown, if there was one. */
  ask(machine: MachineView, digest?: string): Promise<{ readonly operationId: string }>;
}

/** Find, foresee, ask for consent, ask the machines, watch: the same way for every command that changes something. */
export async function carryOut(
  session: Session,
  names: readonly string[],
  options: Options,
  errand: Errand,
): Promise<number> {
  const onlyPlan = isSet(options, 'plan');
  const hasConsent = isSet(options, 'yes') || !errand.isDestructive;
  if (!onlyPlan) demandConsent(session, errand.verb, hasConsent);
  const machines = await findMachines(session.api, names);
  let digests: readonly (string | undefined)[] = [];
  if (onlyPlan || (!hasConsent && canAsk(session))) {
    const plans = await Promise.all(machines.map((machine) => errand.foresee(machine)));
    if (onlyPlan) {
      await showForesight(session, plans);
      return exitStatus.done;
    }
    for (const plan of plans) for (const line of foresightPage(plan)) session.say(line);
    if (!(await confirm(session, `${errand.verb} ${machines.map(({ name }) => clean(name)).join(', ')}?`))) {
      session.say('Nothing was done.');
      return exitStatus.usage;
    }
    digests = plans.map(({ digest }) => digest);
  }
  const asked = await Promise.allSettled(
    machines.map((machine, index) => errand.ask(machine, digests[index])),
  );
  const targets: Target[] = [];
  const statuses: number[] = [];
  asked.forEach((answer, index) => {
    const machine = (machines[index] as MachineView).name;
    if (answer.status === 'fulfilled') targets.push({ machine, operationId: answer.value.operationId });
    else statuses.push(refused(session, machine, answer.reason, machines.length > 1));
  });
  if (isSet(options, 'detach')) {
    await session.print(targets, targetView, machines.length === 1);
    return statusOfAll([...targets.map(() => exitStatus.done), ...statuses]);
  }
  if (targets.length === 0) return statusOfAll(statuses);
  const outcome = await waitFor(session, targets);
  await printOutcome(
    session,
    outcome.progress.flatMap(({ operation }) => operation ?? []),
    machines.length === 1,
  );
  const ends = outcome.progress.map(({ operation }, index) =>
    errand.wants !== undefined && operation?.failure?.code === errand.wants
      ? exitStatus.done
      : (outcome.statuses[index] ?? exitStatus.failed),
  );
  return statusOfAll([...ends, ...statuses]);
}

export function showForesight(session: Session, plans: readonly Foresight[]): Promise<void> {
  return session.print(plans, foresightView, plans.length === 1);
}

function refused(session: Session, machine: string, error: unknown, isOneOfMany: boolean): number {
  if (!(error instanceof CommandError)) throw error;
  if (isOneOfMany && session.form !== 'json' && session.form !== 'jsonl') session.say(`${clean(machine)}:`);
  return reportError(error, { output: session.form }, session.around);
}

/** The picture was talk. Programs get the operations themselves; a failure of one is told as every error is. */
async function printOutcome(
  session: Session,
  operations: readonly OperationView[],
  isSingle: boolean,
): Promise<void> {
  if (session.form === 'json' || session.form === 'yaml' || session.form === 'name') {
    await session.print(operations, operationView, isSingle);
  }
  if (session.form !== 'json') return;
  for (const { failure } of operations) if (failure) session.say(cleanJson(failure));
}

const operationView: View<OperationView> = { columns: [], name: ({ id }) => id };

const targetView: View<Target> = {
  name: ({ operationId }) => operationId,
  columns: [
    { title: 'MACHINE', cell: ({ machine }) => machine },
    { title: 'OPERATION', cell: ({ operationId }) => operationId },
  ],
};

function foresightPage({ machine, lines, digest }: Foresight): readonly string[] {
  const head =
    digest === undefined ? `PLAN ${clean(machine)}` : `PLAN ${clean(machine)}  digest ${clean(digest)}`;
  return [head, ...lines.map((line) => `  ${clean(line)}`)];
}

const foresightView: View<Foresight> = {
  columns: [],
  name: ({ digest, machine }) => digest ?? machine,
  page: foresightPage,
};
