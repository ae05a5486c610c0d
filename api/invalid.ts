import { CodedError } from '../model/index.ts';

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly code?: string;
  readonly message: string;
}

/** Names the field first: that is what the caller must correct. */
export function describeInvalid(error: { readonly issues: readonly unknown[] }): CodedError {
  const issue = error.issues[0] as (Issue & { keys?: readonly string[] }) | undefined;
  if (!issue) return new CodedError('REQUEST_INVALID', 'the request cannot be used');
  if (issue.code === 'unrecognized_keys') {
    const field = fieldOf([...issue.path, issue.keys?.[0] ?? '']);
    return new CodedError('REQUEST_INVALID', `${field}: there is no such field`, { field });
  }
  return invalid(fieldOf(issue.path), issue.message);
}

export function invalid(field: string, what: string): CodedError {
  return field === ''
    ? new CodedError('REQUEST_INVALID', what)
    : new CodedError('REQUEST_INVALID', `${field}: ${what}`, { field });
}

/** A name from the request, shortened: it goes into messages and terminals. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .map(String)
    .join('.')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 80);
}
