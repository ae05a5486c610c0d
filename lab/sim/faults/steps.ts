import type { Faults } from './fault.ts';

/** At the named step of an operation (`make file systems`) or answer of the simulator (`read the hardware`). */
export type StepFault =
  /** The script ends with this exit status, before it did anything or after all of it. */
  | {
      readonly kind: 'crash';
      readonly at: string;
      readonly when: 'before' | 'after';
      readonly exitCode: number;
    }
  /** The power goes. With `comesBack` the mains are back after so many ms, and the machine starts by itself. */
  | {
      readonly kind: 'power-loss';
      readonly at: string;
      readonly when: 'before' | 'after';
      readonly comesBackMs?: number;
    }
  /** The kernel panics: SSH dies, the power stays on, nothing happens any more. */
  | { readonly kind: 'panic'; readonly at: string; readonly when: 'before' | 'after' }
  /** The job never ends. */
  | { readonly kind: 'hangs'; readonly at: string };

export function stepFaultAt(
  faults: Faults,
  names: readonly string[],
  when: 'before' | 'after',
): StepFault | undefined {
  return faults.find((fault): fault is StepFault => {
    switch (fault.kind) {
      case 'crash':
      case 'power-loss':
      case 'panic':
        return fault.when === when && names.includes(fault.at);
      case 'hangs':
        return when === 'before' && names.includes(fault.at);
      default:
        return false;
    }
  });
}
