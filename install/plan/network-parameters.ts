import type { BondMode, BondParameters, PlannedBridge } from '../../model/index.ts';
import { refuse } from './refuse.ts';

const withPrimary: readonly BondMode[] = ['active-backup', 'balance-tlb', 'balance-alb'];
const withHash: readonly BondMode[] = ['balance-xor', '802.3ad', 'balance-tlb'];
/** As many milliseconds as a person waits for a link. */
const LONGEST_MS = 60_000;

/** Linux, Documentation/networking/bonding.rst: the driver ignores or refuses what its mode does not know. */
export function checkBond(
  bond: BondParameters & { readonly miimon: number },
  members: readonly string[],
  path: string,
): void {
  const { mode, miimon, lacpRate, hashPolicy, primary } = bond;
  if (!isWhole(miimon, 1, LONGEST_MS))
    refuse(
      `${path}.miimon`,
      `must be 1 to ${LONGEST_MS} ms: a bond that does not look at its links keeps using dead ones.`,
    );
  for (const field of ['upDelay', 'downDelay'] as const) {
    const value = bond[field];
    if (value !== undefined && (!isWhole(value, 0, LONGEST_MS) || value % miimon !== 0))
      refuse(`${path}.${field}`, `must be a multiple of miimon (${miimon} ms), at most ${LONGEST_MS} ms.`);
  }
  if (lacpRate !== undefined && mode !== '802.3ad')
    refuse(`${path}.lacpRate`, `is of mode 802.3ad only, not of ${mode}.`);
  if (hashPolicy !== undefined && !withHash.includes(mode))
    refuse(`${path}.hashPolicy`, `is of modes ${withHash.join(', ')} only, not of ${mode}.`);
  if (primary === undefined) return;
  if (!withPrimary.includes(mode))
    refuse(`${path}.primary`, `is of modes ${withPrimary.join(', ')} only, not of ${mode}.`);
  if (!members.includes(primary)) refuse(`${path}.primary`, `${primary} is not in this bond.`);
}

/** IEEE 802.1D-2004, 17.14, table 17-1. */
export function checkBridge(
  { stp, forwardDelay, hello, maxAge }: Pick<PlannedBridge, 'stp' | 'forwardDelay' | 'hello' | 'maxAge'>,
  path: string,
): void {
  if (!stp) {
    // Linux takes any delay while it does not speak the protocol; the other two would do nothing.
    if (!isWhole(forwardDelay, 0, 30)) refuse(`${path}.forwardDelay`, 'must be 0 to 30 seconds.');
    if (hello !== undefined) refuse(`${path}.hello`, 'is of bridges with stp: true.');
    if (maxAge !== undefined) refuse(`${path}.maxAge`, 'is of bridges with stp: true.');
    return;
  }
  if (!isWhole(forwardDelay, 4, 30)) refuse(`${path}.forwardDelay`, 'must be 4 to 30 seconds.');
  if (hello !== undefined && !isWhole(hello, 1, 10)) refuse(`${path}.hello`, 'must be 1 to 10 seconds.');
  const age = maxAge ?? 20;
  if (!isWhole(age, 6, 40)) refuse(`${path}.maxAge`, 'must be 6 to 40 seconds.');
  if (2 * (forwardDelay - 1) < age)
    refuse(`${path}.forwardDelay`, `2 × (forwardDelay − 1) must be at least maxAge (${age}).`);
  if (age < 2 * ((hello ?? 2) + 1))
    refuse(`${path}.maxAge`, `must be at least 2 × (hello + 1), which is ${2 * ((hello ?? 2) + 1)}.`);
}

function isWhole(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}
