import { usageError } from './command-error.ts';

type Parameters = Record<string, string | number | boolean>;

/** `nginx.port=8080` → nginx: { port: 8080 }. With a layer given, `port=8080` is enough. */
export function layerParameters(given: readonly string[], layer?: string): ReadonlyMap<string, Parameters> {
  const result = new Map<string, Parameters>();
  for (const word of given) {
    const match = /^(?:([a-z][a-z0-9-]*)\.)?([A-Za-z][A-Za-z0-9_-]*)=([^]*)$/.exec(word);
    const name = match?.[1] ?? layer;
    if (!match || name === undefined) {
      throw usageError(
        `--param ${word} is no parameter`,
        layer ? 'Write it like port=8080.' : 'Write it like nginx.port=8080.',
      );
    }
    const parameters = result.get(name) ?? {};
    parameters[match[2] as string] = valueOf(match[3] as string);
    result.set(name, parameters);
  }
  return result;
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text;
}
