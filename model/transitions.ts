/** People know these words from MAAS. */
export const machineStates = [
  'New',
  'Commissioning',
  'Failed commissioning',
  'Testing',
  'Failed testing',
  'Ready',
  'Deploying',
  'Failed deployment',
  // Its system is there and answers; a layer that the deployment was to lay on it is not.
  'Failed layers',
  'Deployed',
  'Releasing',
  'Failed releasing',
  'Entering rescue',
  'Rescue',
  'Exiting rescue',
  'Failed rescue',
  'Broken',
  'Retired',
] as const;
export type MachineState = (typeof machineStates)[number];

/** Operations that touch the machine: each is a child workflow with an end. */
export const workKinds = [
  'commission',
  'test',
  'deploy',
  'release',
  'rescue',
  'exit-rescue',
  'apply-layer',
  'remove-layer',
  'power',
] as const;
export type WorkKind = (typeof workKinds)[number];

/** What a person writes down about a machine. Done at once; the machine itself is not touched. */
export const markKinds = [
  'lock',
  'unlock',
  'mark-broken',
  'mark-fixed',
  'retire',
  'override-failed',
] as const;
export type MarkKind = (typeof markKinds)[number];

export const operationKinds = [...workKinds, ...markKinds] as const;
export type OperationKind = (typeof operationKinds)[number];

/** Where a machine was before it was set aside (Rescue, Broken, Retired), or before this operation. */
type Next = MachineState | 'before' | 'where it came from';

interface Transition {
  readonly from: readonly MachineState[];
  /** Undefined: the operation leaves the state as it is, also when it fails. */
  readonly during?: MachineState;
  readonly success?: Next;
  readonly failure?: Next;
  /** When an operator stops it. Undefined: as `failure`. */
  readonly aborted?: Next;
  /** When it fails or is stopped with the system installed. */
  readonly halfway?: Next;
  /** What it came from is kept, to go back there. */
  readonly setsAside?: true;
}

const failed = [
  'Failed commissioning',
  'Failed testing',
  'Failed deployment',
  'Failed layers',
  'Failed releasing',
  'Failed rescue',
] as const satisfies readonly MachineState[];
const resting = ['New', 'Ready', 'Deployed', 'Rescue', 'Broken', 'Retired', ...failed] as const;

/**
 * Every operation, the states it may be asked in, and where it leads. The entity workflow obeys this table alone.
 * A machine whose release failed may still hold what its last user left: only another release leads to Ready.
 */
export const transitions: Readonly<Record<OperationKind, Transition>> = {
  commission: {
    from: ['New', 'Ready', 'Failed commissioning', 'Failed testing', 'Failed deployment'],
    during: 'Commissioning',
    success: 'Ready',
    failure: 'Failed commissioning',
    aborted: 'before',
  },
  test: {
    from: ['Ready', 'Failed testing'],
    during: 'Testing',
    success: 'Ready',
    failure: 'Failed testing',
    aborted: 'before',
  },
  deploy: {
    from: ['Ready', 'Failed deployment', 'Failed layers'],
    during: 'Deploying',
    success: 'Deployed',
    failure: 'Failed deployment',
    halfway: 'Failed layers',
  },
  release: {
    from: ['Deployed', 'Failed deployment', 'Failed layers', 'Failed releasing'],
    during: 'Releasing',
    success: 'Ready',
    failure: 'Failed releasing',
  },
  rescue: {
    from: ['New', 'Ready', 'Deployed', 'Broken', ...failed],
    during: 'Entering rescue',
    success: 'Rescue',
    failure: 'Failed rescue',
    setsAside: true,
  },
  'exit-rescue': {
    from: ['Rescue', 'Failed rescue'],
    during: 'Exiting rescue',
    success: 'where it came from',
    failure: 'Failed rescue',
  },
  'apply-layer': { from: ['Deployed', 'Failed layers'], success: 'Deployed' },
  'remove-layer': { from: ['Deployed', 'Failed layers'] },
  power: { from: resting },
  lock: { from: resting },
  unlock: { from: resting },
  'mark-broken': {
    from: resting.filter((state) => state !== 'Broken' && state !== 'Retired'),
    success: 'Broken',
    setsAside: true,
  },
  'mark-fixed': { from: ['Broken', 'Retired'], success: 'where it came from' },
  retire: {
    from: ['New', 'Ready', 'Broken', ...failed],
    success: 'Retired',
    setsAside: true,
  },
  'override-failed': {
    from: ['Failed commissioning', 'Failed testing', 'Failed deployment', 'Failed layers', 'Failed rescue'],
    success: 'where it came from',
  },
};

/** States in which an operation is at work, and which of them. */
export function workIn(state: MachineState): WorkKind | undefined {
  return workKinds.find((kind) => transitions[kind].during === state);
}

/** The system on its disks is the machine's, and starts when it is switched on. */
export function runsItsSystem(state: MachineState | undefined): boolean {
  return state === 'Deployed' || state === 'Failed layers';
}

/** A system that was there before us is not ours to erase or to shut down for another one; its machine leaves by retiring. */
const ofAdopted: Readonly<Partial<Record<OperationKind, readonly MachineState[]>>> = {
  release: [],
  rescue: [],
  retire: ['Deployed', ...transitions.retire.from],
};

/** Of a machine, beside its state. */
export interface Kept {
  readonly isLocked?: boolean;
  readonly isAdopted?: boolean;
}

/** A locked machine may be unlocked, and nothing else. */
export function mayAsk(
  state: MachineState,
  kind: OperationKind,
  { isLocked = false, isAdopted = false }: Kept = {},
): boolean {
  const from = (isAdopted ? ofAdopted[kind] : undefined) ?? transitions[kind].from;
  return (kind === 'unlock') === isLocked && from.includes(state);
}

/** What may be asked of a machine in this state, in the order of the table. */
export function allowedOperations(state: MachineState, kept: Kept = {}): readonly OperationKind[] {
  return operationKinds.filter((kind) => mayAsk(state, kind, kept));
}

export function keptOf({
  locked,
  deployment,
}: {
  readonly locked?: unknown;
  readonly deployment?: { readonly adopted?: true };
}): Kept {
  return { isLocked: locked !== undefined, isAdopted: deployment?.adopted === true };
}

/** What of a machine the table moves: its state, and the states that it comes back to. */
export interface Standing {
  readonly state: MachineState;
  /** Innermost last: a broken machine in rescue came from Broken, and before from Deployed. */
  readonly aside?: readonly MachineState[];
}

/** Where a machine stands when an operation has begun. */
export function begin(kind: OperationKind, { state, aside = [] }: Standing): Required<Standing> {
  const { during, setsAside } = transitions[kind];
  // What failed to enter rescue comes from where it came from then, not from the failure.
  const keeps = setsAside && state !== 'Failed rescue';
  return { state: during ?? state, aside: keeps ? [...aside, state] : aside };
}

export type Ending = 'success' | 'failure' | 'aborted' | 'halfway';

/** Where it stands when the operation has ended. `before` is where it stood when it was asked. */
export function end(kind: OperationKind, how: Ending, now: Standing, before: Standing): Required<Standing> {
  const row = transitions[kind];
  const next = row[how] ?? (how === 'success' ? undefined : row.failure);
  const aside = now.aside ?? [];
  switch (next) {
    case undefined:
      return { state: now.state, aside };
    case 'before':
      return { state: before.state, aside: before.aside ?? [] };
    case 'where it came from':
      return { state: cameFrom(before.state, aside), aside: aside.slice(0, -1) };
    default:
      return { state: next, aside };
  }
}

/** Machines that failed on their way to something come back to what they were good for before. */
function cameFrom(state: MachineState, aside: readonly MachineState[]): MachineState {
  switch (state) {
    case 'Failed commissioning':
    case 'Failed testing':
    case 'Failed deployment':
      return 'Ready';
    case 'Failed layers':
      return 'Deployed';
    default:
      return aside.at(-1) ?? 'New';
  }
}
