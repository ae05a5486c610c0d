import { parseDocument } from 'yaml';
import { CodedError } from '../../model/index.ts';

/**
 * Scripts carry their metadata as YAML in comments, between two lines such as
 *
 *     # --- Start MAAS 1.0 script metadata ---
 *     # --- End MAAS 1.0 script metadata ---
 *
 * (MAAS's, so that scripts move over unchanged) or the same with `Rackwright`.
 */
const mark = /^\s*#\s*-+\s*(start|end) (maas|rackwright) (\d+\.\d+) script metadata\s+-+\s*$/i;
const maxLines = 1000;

/**
 * The YAML of the header as plain data; `undefined` when there is no header.
 * @throws CodedError REQUEST_INVALID, field `metadata`
 */
export function findHeader(content: string): unknown {
  const lines = content.split('\n');
  const start = lines.findIndex((line) => mark.exec(line)?.[1]?.toLowerCase() === 'start');
  if (start === -1) return undefined;
  const [, , maker = '', version = ''] = mark.exec(lines[start] as string) ?? [];
  if (version !== '1.0') throw invalidHeader(`version ${version} of the ${maker} header is not understood`);
  const count = lines.slice(start + 1).findIndex((line) => mark.exec(line)?.[1]?.toLowerCase() === 'end');
  if (count === -1) throw invalidHeader(`line ${start + 1} begins it and no line ends it`);
  if (count > maxLines) throw invalidHeader(`has more than ${maxLines} lines`);
  const text = lines.slice(start + 1, start + 1 + count).map((line, index) => {
    if (line.trim() === '') return '';
    const at = line.indexOf('#');
    if (at === -1) throw invalidHeader(`line ${start + 2 + index} has no #`);
    return line.slice(at + 1);
  });
  return parseYaml(text.join('\n'));
}

/** YAML 1.1 as MAAS reads it: `yes` is true, `1:30:00` is a number of seconds. No aliases: a short text stays short. */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { version: '1.1', logLevel: 'silent', stringKeys: true });
  const [error] = document.errors;
  if (error) throw invalidHeader(`is no YAML: ${error.message.split('\n')[0]}`);
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch {
    throw invalidHeader('must not use YAML aliases');
  }
}

function invalidHeader(what: string): CodedError {
  return new CodedError('REQUEST_INVALID', `metadata: ${what}`, { field: 'metadata' });
}
