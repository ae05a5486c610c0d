import { createHash } from 'node:crypto';
import { parseDocument, isMap } from 'yaml';
import { CodedError, type UserData, type UserDataKind } from '../model/index.ts';

const LARGEST = 64 * 1024;

/**
 * What cloud-init would take it for, by its first line (cloud-init documentation, "User data formats"); documents that
 * it would only complain about at the first boot are refused here.
 * @throws CodedError REQUEST_INVALID, field `system.userData`; nothing of the text is in the message
 */
export function readUserData(text: string): UserData {
  const size = Buffer.byteLength(text);
  if (size > LARGEST) refuse(`has ${size} bytes; ${LARGEST} are allowed.`);
  if (!text.isWellFormed() || text.includes('\0')) refuse('is no text.');
  const kind = kindOf(text);
  if (kind === undefined) {
    refuse(
      'is of no known kind: its first line is #cloud-config, #!INTERPRETER, #include, or the header of a MIME multipart document.',
    );
  }
  checks[kind](text);
  return { kind, size, sha256: createHash('sha256').update(text).digest('hex') };
}

function kindOf(text: string): UserDataKind | undefined {
  const [first = ''] = text.split('\n', 1);
  if (first.trimEnd() === '#cloud-config') return 'cloud-config';
  if (first.trimEnd() === '#include') return 'include';
  if (/^#!\s*\/\S/.test(first)) return 'script';
  return /^(content-type: *multipart\/|mime-version:)/i.test(first) ? 'multipart' : undefined;
}

const checks: Readonly<Record<UserDataKind, (text: string) => void>> = {
  'cloud-config': (text) => {
    // PyYAML reads YAML 1.1.
    const document = parseDocument(text, { version: '1.1', logLevel: 'silent' });
    const [error] = document.errors;
    if (error) refuse(`is no YAML: line ${error.linePos?.[0].line ?? 1}, ${error.code}.`);
    if (document.contents !== null && !isMap(document.contents)) refuse('is no YAML mapping.');
    try {
      document.toJS({ maxAliasCount: 100 });
    } catch {
      refuse('has aliases that cannot be resolved.');
    }
  },
  script: (text) => {
    if (text.split('\n', 1)[0]?.endsWith('\r'))
      refuse('has line ends of DOS: no interpreter is found by such a first line.');
  },
  include: (text) => {
    for (const [index, line] of text.split('\n').entries()) {
      const url = line.trim();
      if (url === '' || url.startsWith('#')) continue;
      if (!/^https?:\/\//.test(url) || !URL.canParse(url)) refuse(`is no list of URLs: line ${index + 1}.`);
    }
  },
  multipart: (text) => {
    const [head = '', ...body] = text.replaceAll('\r\n', '\n').split('\n\n');
    // RFC 2046, section 5.1.1.
    const type =
      /^content-type: *multipart\/[a-z0-9.+-]+ *;[^]*?boundary=(?:"([^"\n]{1,70})"|([^\s;"]{1,70}))/im.exec(
        head,
      );
    const boundary = type?.[1] ?? type?.[2];
    if (boundary === undefined) refuse('is no MIME multipart document: its header names no boundary.');
    const lines = body.join('\n\n').split('\n');
    const parts = lines.filter((line) => line.trimEnd() === `--${boundary}`).length;
    if (parts === 0) refuse('is no MIME multipart document: no part of it starts with its boundary.');
    if (!lines.some((line) => line.trimEnd() === `--${boundary}--`))
      refuse('is no whole MIME multipart document: its last boundary is missing.');
  },
};

function refuse(why: string): never {
  throw new CodedError('REQUEST_INVALID', `system.userData: ${why}`, { field: 'system.userData' });
}
