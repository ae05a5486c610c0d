import type { BmcFault } from './bmc.ts';
import type { BootFault } from './boot.ts';
import type { DiskFault } from './disks.ts';
import type { LieFault } from './lies.ts';
import type { SshFault } from './ssh.ts';
import type { StepFault } from './steps.ts';

/** Every way in which a simulated machine can go wrong. A machine may have several. */
export type Fault = BootFault | SshFault | LieFault | StepFault | DiskFault | BmcFault;
export type Faults = readonly Fault[];

export function faultOf<Kind extends Fault['kind']>(
  faults: Faults,
  kind: Kind,
): Extract<Fault, { kind: Kind }> | undefined {
  return faults.find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
}

/** For tables and journals: `silent at kernel`. */
export function faultName(fault: Fault): string {
  const { kind, ...more } = fault;
  const words = Object.values(more).filter((value) => typeof value !== 'object');
  return [kind, ...words].join(' ');
}
