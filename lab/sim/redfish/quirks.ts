import type { BmcQuirk } from '../faults/bmc.ts';

export function quirkOf<Name extends BmcQuirk['name']>(
  quirks: readonly BmcQuirk[],
  name: Name,
): Extract<BmcQuirk, { name: Name }> | undefined {
  return quirks.find((quirk): quirk is Extract<BmcQuirk, { name: Name }> => quirk.name === name);
}

const allResetTypes = [
  'On',
  'ForceOff',
  'GracefulShutdown',
  'ForceRestart',
  'GracefulRestart',
  'PowerCycle',
] as const;
export type ResetType = (typeof allResetTypes)[number];

export function servedResetTypes(quirks: readonly BmcQuirk[]): readonly ResetType[] {
  const missing = quirkOf(quirks, 'reset-types-missing')?.types ?? [];
  return allResetTypes.filter((type) => !missing.includes(type));
}
