/** ATA/ATAPI Command Set 4, security feature set (4.17) and data set management (7.5), as hdparm(8) -I tells them. */
export interface AtaAbilities {
  readonly security: boolean;
  readonly enhanced: boolean;
  /** Refuses every security command until it loses power. */
  readonly frozen: boolean;
  /** Somebody set a password. */
  readonly enabled: boolean;
  /** What the disk says that an erase takes. */
  readonly minutes?: number;
  readonly enhancedMinutes?: number;
  /** Deterministic read zeroes after trim. */
  readonly trimReadsZero: boolean;
}

/** hdparm writes `not` before what does not hold, on the same line. Undefined when there is no such page. */
export function readAtaAbilities(page: string): AtaAbilities | undefined {
  if (!/^ATA device/m.test(page)) return undefined;
  const security = /^Security:\s*\n((?:[ \t]+.*\n?)*)/m.exec(page)?.[1] ?? '';
  const has = (words: string): boolean => new RegExp(`^[ \\t]+${words}\\s*$`, 'm').test(security);
  const minutes = minutesOf(/(\d+)\s*min for SECURITY ERASE UNIT/.exec(security));
  const enhancedMinutes = minutesOf(/(\d+)\s*min for ENHANCED SECURITY ERASE UNIT/.exec(security));
  return {
    security: has('supported'),
    enhanced: has('supported: enhanced erase'),
    frozen: has('frozen'),
    enabled: has('enabled'),
    ...(minutes !== undefined && { minutes }),
    ...(enhancedMinutes !== undefined && { enhancedMinutes }),
    trimReadsZero: /^[ \t]+\*[ \t]+Deterministic read ZEROs after TRIM/m.test(page),
  };
}

function minutesOf(match: RegExpExecArray | null): number | undefined {
  return match ? Number(match[1]) : undefined;
}
