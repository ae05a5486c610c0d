import type { Ipv4 } from '../../net/index.ts';
import type { KeyPair } from '../../remote/index.ts';
import type { SimJob } from './ssh/jobs.ts';

export const AUTHORIZED_KEYS = '/root/.ssh/authorized_keys';
/** Where a system in memory keeps the address that it will take; the simulator's own. */
export const NEXT_ADDRESS = '/run/simulated/address';

/** An operating system that runs on a simulated machine. Another start makes another one; nothing of it survives. */
export interface RunningSystem {
  readonly kind: 'memory' | 'installed';
  readonly address: Ipv4;
  /** /proc/sys/kernel/random/boot_id */
  readonly bootId: string;
  readonly hostKey: KeyPair;
  /** Files, as far as somebody wrote them, and `/run/rackwright/install/…`. */
  readonly files: Map<string, string>;
  readonly jobs: Map<string, SimJob>;
}
