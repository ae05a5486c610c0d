/** What went wrong below the answer: nothing answered, it is not who it should be, or it may not be called. */
export interface Fault extends Error {
  readonly fault: FaultKind;
}
export type FaultKind = 'unreachable' | 'certificate' | 'identity' | 'forbidden' | 'garbled';

export function fault(kind: FaultKind, message: string): Fault {
  // What the network says goes into messages and terminals.
  const printable = message.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200);
  return Object.assign(new Error(printable), { fault: kind });
}
