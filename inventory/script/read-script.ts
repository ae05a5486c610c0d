import { createHash } from 'node:crypto';
import { CodedError, type Script } from '../../model/index.ts';
import { findHeader } from './find-header.ts';
import { metadataSchema } from './metadata.ts';

export const maxScriptBytes = 512 * 1024;

/**
 * A script and what its header says.
 * @throws CodedError REQUEST_INVALID with the field at fault: `content`, `metadata.timeout` …
 */
export function readScript(content: string, fallbackName?: string): Script {
  if (Buffer.byteLength(content) > maxScriptBytes)
    throw invalid('content', `is larger than ${maxScriptBytes} bytes`);
  if (content.includes('\0') || !content.isWellFormed()) throw invalid('content', 'is no text');
  if (!/^#! *\//.test(content))
    throw invalid('content', 'must begin with #! and the path of its interpreter');
  // MAAS's database and people's editors differ in line ends; an interpreter named `/bin/sh\r` does not exist.
  if (/^[^\n]*\r\n/.test(content)) throw invalid('content', 'has line ends of Windows (CR LF)');
  const parsed = metadataSchema(fallbackName).safeParse(findHeader(content) ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0] as Issue;
    const { path, message } = deepest(issue);
    throw invalid(['metadata', ...path].map(String).join('.'), message);
  }
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { sha256, metadata: parsed.data, content };
}

interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** What is wrong with an alternative that came furthest says more than that none of them fits. */
function deepest(issue: Issue): { readonly path: readonly PropertyKey[]; readonly message: string } {
  if (issue.code === 'unrecognized_keys')
    return { path: [...issue.path, issue.keys?.[0] ?? ''], message: 'there is no such key' };
  const inner = (issue.errors ?? [])
    .flatMap((issues) => issues.slice(0, 1))
    .map(deepest)
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  if (inner && inner.path.length > 0) return { path: [...issue.path, ...inner.path], message: inner.message };
  return { path: issue.path, message: issue.message };
}

function invalid(field: string, what: string): CodedError {
  const shown = field.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
  return new CodedError('REQUEST_INVALID', `${shown}: ${what}`, { field: shown });
}
