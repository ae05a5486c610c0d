import { CodedError } from '../../model/index.ts';

/** `line 7: serial: must be one line`. @returns REQUEST_INVALID with the line and the field. */
export function faultAt(line: number, field: string, what: string): CodedError {
  const where = field === '' ? `line ${line}` : `line ${line}: ${field}`;
  return new CodedError('REQUEST_INVALID', `${where}: ${what}`, { line, ...(field !== '' && { field }) });
}
