import { CodedError } from '../model/index.ts';

/** A power parameter that cannot be used; nothing was sent. The API names it before; this is the last look. */
export function invalidParameter(field: string, why: string): CodedError {
  return new CodedError('REQUEST_INVALID', `power.${field}: ${why}`, { field: `power.${field}` });
}
