import { codeOf } from '../model/index.ts';

/**
 * What a tool says that need not be there: when it cannot be understood, it is as if the tool were missing. A limit that
 * is passed is no such case and still refuses the whole.
 */
export function optional<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    if (codeOf(error) === 'INVENTORY_INVALID') return undefined;
    throw error;
  }
}

/** SMBIOS makers write these where they had nothing to write. */
const nothing =
  /^(unknown|none|not specified|not provided|default string|to be filled by o\.?e\.?m\.?|n\/a|0+)$/i;

/** `{ [key]: value }` when there is something to say, for a field that may be left out. */
export function unlessEmpty<Key extends string>(key: Key, value: string): { readonly [K in Key]?: string } {
  return value === '' || nothing.test(value) ? {} : ({ [key]: value } as { [K in Key]?: string });
}
