import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  allowedOperations,
  begin,
  end,
  type MachineState,
  machineStates,
  markKinds,
  mayAsk,
  type OperationKind,
  operationKinds,
  type Standing,
  transitions,
  workIn,
  workKinds,
} from '../../model/transitions.ts';

const fresh: Standing = { state: 'New', aside: [] };
const setAside: readonly MachineState[] = [
  'Rescue',
  'Entering rescue',
  'Exiting rescue',
  'Failed rescue',
  'Broken',
  'Retired',
];
/** Every state that operators can bring a machine to, with the way there. */
type Happening = readonly [kind: OperationKind, how: 'success' | 'failure' | 'aborted'];
const happening = fc.tuple(
  fc.constantFrom(...operationKinds),
  fc.constantFrom('success', 'failure', 'aborted'),
) as fc.Arbitrary<Happening>;

function walk(happenings: readonly Happening[]): readonly Standing[] {
  const way: Standing[] = [fresh];
  for (const [kind, how] of happenings) {
    const before = way.at(-1) as Standing;
    if (!mayAsk(before.state, kind, { isLocked: kind === 'unlock' })) continue;
    way.push(...passage(kind, how, before));
  }
  return way;
}

/** What can be seen of a machine on the way. What a person writes down is done at once, and well. */
function passage(kind: OperationKind, how: Happening[1], before: Standing): readonly Standing[] {
  const during = begin(kind, before);
  const isMark = (markKinds as readonly OperationKind[]).includes(kind);
  return isMark ? [end(kind, 'success', during, before)] : [during, end(kind, how, during, before)];
}

describe('the table of operations', () => {
  it('never leaves a machine in a state in which an operation is at work', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        expect(workIn(walk(happenings).at(-1)?.state as MachineState)).toBeUndefined();
      }),
    );
  });

  it('keeps where a machine came from while it is set aside, and only then', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        for (const { state, aside = [] } of walk(happenings)) {
          expect(aside.length > 0, `${state}: ${aside.join()}`).toBe(setAside.includes(state));
          for (const from of aside) expect(workIn(from)).toBeUndefined();
        }
      }),
    );
  });

  it('lets people out of every state', () => {
    for (const state of machineStates) {
      if (workIn(state)) expect(allowedOperations(state)).toEqual([]);
      else expect(allowedOperations(state), state).not.toEqual([]);
    }
  });

  it('lets a machine whose release failed become Ready by a release alone', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        const failed: Standing = { state: 'Failed releasing', aside: [] };
        let now = failed;
        for (const [kind, how] of happenings) {
          if (kind === 'release' || !mayAsk(now.state, kind, { isLocked: kind === 'unlock' })) continue;
          now = passage(kind, how, now).at(-1) as Standing;
          expect(['Ready', 'Deployed', 'New']).not.toContain(now.state);
        }
      }),
    );
  });

  test.each<[MachineState, OperationKind[], MachineState]>([
    ['Deployed', ['rescue', 'exit-rescue'], 'Deployed'],
    ['Ready', ['mark-broken', 'rescue', 'exit-rescue', 'mark-fixed'], 'Ready'],
    ['Broken', ['retire', 'mark-fixed'], 'Broken'],
    ['Failed testing', ['override-failed'], 'Ready'],
    ['Failed deployment', ['deploy'], 'Deployed'],
    ['Failed layers', ['apply-layer'], 'Deployed'],
    ['Failed layers', ['override-failed'], 'Deployed'],
    ['Failed layers', ['rescue', 'exit-rescue'], 'Failed layers'],
  ])('%s, then %j, is %s', (from, kinds, to) => {
    let now: Standing = { state: from, aside: from === 'Broken' ? ['Ready'] : [] };
    for (const kind of kinds) now = end(kind, 'success', begin(kind, now), now);
    expect(now.state).toBe(to);
  });

  it('returns a machine to where it was when commissioning or a test is stopped', () => {
    for (const kind of ['commission', 'test'] as const) {
      for (const state of transitions[kind].from) {
        const before: Standing = { state, aside: [] };
        expect(end(kind, 'aborted', begin(kind, before), before)).toEqual(before);
      }
    }
  });

  it('keeps the system of a deployment that failed, or was stopped, in its layers', () => {
    const before: Standing = { state: 'Ready', aside: [] };
    const failed = end('deploy', 'halfway', begin('deploy', before), before);
    expect(failed.state).toBe('Failed layers');
    expect(allowedOperations(failed.state)).toEqual(
      expect.arrayContaining(['apply-layer', 'remove-layer', 'deploy', 'release', 'rescue']),
    );
    expect(end('apply-layer', 'failure', begin('apply-layer', failed), failed)).toEqual(failed);
    expect(end('remove-layer', 'success', begin('remove-layer', failed), failed)).toEqual(failed);
  });

  it('lets nothing be asked of a locked machine but to unlock it', () => {
    for (const state of machineStates) {
      expect(allowedOperations(state, { isLocked: true })).toEqual(workIn(state) ? [] : ['unlock']);
      expect(mayAsk(state, 'unlock')).toBe(false);
    }
  });

  it('never lets the system of an adopted machine be erased or shut down for another one', () => {
    const adopted = { isAdopted: true };
    for (const state of machineStates)
      for (const kind of ['release', 'rescue'] as const) expect(mayAsk(state, kind, adopted)).toBe(false);
    expect(mayAsk('Deployed', 'retire', adopted)).toBe(true);
    expect(mayAsk('Deployed', 'retire')).toBe(false);
    const before: Standing = { state: 'Deployed', aside: [] };
    const retired = end('retire', 'success', begin('retire', before), before);
    expect(retired.state).toBe('Retired');
    expect(end('mark-fixed', 'success', begin('mark-fixed', retired), retired)).toEqual(before);
    expect(allowedOperations('Deployed', { isAdopted: true, isLocked: true })).toEqual(['unlock']);
  });

  it('has a state of its own while a machine is changed, for every operation that changes its state', () => {
    for (const kind of workKinds) {
      const { during, success, failure } = transitions[kind];
      expect(during === undefined, kind).toBe(failure === undefined);
      // Laying a layer ends what a deployment left unfinished, and is no state of its own.
      if (kind !== 'apply-layer') expect(during === undefined, kind).toBe(success === undefined);
    }
  });
});
