import type { ErrorCode } from '../../model/index.ts';

/** What is killed with SIGKILL, and whose connections are cut. */
export const victims = ['worker', 'temporal', 'postgres', 'api', 'bmc', 'ssh', 'dhcp'] as const;
export type Victim = (typeof victims)[number];
export type Cut = Extract<Victim, 'bmc' | 'ssh' | 'dhcp'>;

export function isCut(victim: Victim): victim is Cut {
  return victim === 'bmc' || victim === 'ssh' || victim === 'dhcp';
}

/** A cut that ends soon is borne: well below the quarter of an hour of `workflows/policies.ts`, and the boot deadline. */
export const SHORT_MS: Readonly<Record<Cut, number>> = { bmc: 20_000, ssh: 20_000, dhcp: 10_000 };

interface LongCut {
  /** With which the operation has to fail. */
  readonly code: ErrorCode;
  /** Where it begins: activities that try for a quarter of an hour, or wait for the machine to come. */
  readonly activities: readonly string[];
}

/** A cut that lasts until the operation has failed of it. */
export const longCuts: Readonly<Record<Cut, LongCut>> = {
  bmc: { code: 'BMC_UNREACHABLE', activities: ['orderPower'] },
  ssh: { code: 'SSH_UNREACHABLE', activities: ['collectInventory', 'outlineErase', 'letIn'] },
  // Offers are lost, requests are not: it began to boot.
  dhcp: { code: 'BOOT_STALLED', activities: ['orderPower'] },
};
