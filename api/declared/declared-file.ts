/** Machines of a file as they were written, before anything is checked. */
export interface DeclaredFile {
  readonly machines: readonly unknown[];
  /** The line, from 1, of a field of a machine, or of what is nearest above it. */
  lineOf(machine: number, path: readonly PropertyKey[]): number;
}

/** Nobody has more machines than lines of a file of a megabyte; this bounds what is done with them. */
export const maxDeclared = 10_000;
