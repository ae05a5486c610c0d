import { CodedError } from '../../model/index.ts';

/** @throws CodedError REQUEST_INVALID with the path at fault: `network.bonds[0].interfaces[1]`. */
export function refuse(field: string, why: string): never {
  throw new CodedError('REQUEST_INVALID', `${field}: ${why}`, { field });
}

/** What somebody wrote, short and visible, for such a sentence. */
export function quoted(value: string): string {
  return JSON.stringify(value.slice(0, 80));
}
