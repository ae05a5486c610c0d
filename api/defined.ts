/** Fields without the undefined ones: what a schema calls optional, the model calls absent. */
export function defined<Values extends object>(
  values: Values,
): { [Name in keyof Values]: Exclude<Values[Name], undefined> } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [Name in keyof Values]: Exclude<Values[Name], undefined> };
}
