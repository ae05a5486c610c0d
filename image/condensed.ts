/**
 * Simplestreams condenses: a key that has one value in all items of a version stands at the version instead, one that has
 * one value in all versions at the product, and so on up. Reading goes the other way; the nearest value wins.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** Keys that build the tree: they are not inherited. */
const branches = new Set(['products', 'versions', 'items', 'content_id', 'format', 'updated', 'datatype']);

export function merged(outer: Fields, inner: Fields): Fields {
  const inherited = Object.entries(outer).filter(([key]) => !branches.has(key));
  return { ...Object.fromEntries(inherited), ...inner };
}

/** Newest serial first, each with its items as if nothing had been condensed. */
export function versionsOf(
  inherited: Fields,
  product: Fields,
): readonly { readonly serial: string; readonly items: readonly Fields[] }[] {
  return entriesOf(product['versions'])
    .filter(([serial]) => /^\d[\w.-]{0,63}$/.test(serial))
    .sort(([a], [b]) => compareSerials(b, a))
    .map(([serial, version]) => ({
      serial,
      items: entriesOf(version['items']).map(([, item]) => merged(merged(inherited, version), item)),
    }));
}

/** `20260707.10` is newer than `20260707.9`. */
export function compareSerials(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function entriesOf(value: unknown): readonly [string, Fields][] {
  return isFields(value)
    ? Object.entries(value).filter((entry): entry is [string, Fields] => isFields(entry[1]))
    : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
