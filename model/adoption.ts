import type { Ipv4 } from '../net/index.ts';
import type { Firmware } from './boot.ts';
import type { HardwareIdentity, MachineRecord } from './machine.ts';

/** A machine that runs already, and was not deployed by us. Input of the workflow `adoptMachine`. */
export interface AdoptRequest {
  readonly name: string;
  readonly address: Ipv4;
  /** OpenSSH public key lines without comment. It must show one of them. */
  readonly hostKeys: readonly string[];
  readonly site: string;
}

export interface AdoptAnswer {
  readonly machineId: string;
}

/** What a running system says about itself and the machine that it runs on. */
export interface HostFacts {
  /** As images are named: `debian/12`. */
  readonly system: string;
  readonly arch: MachineRecord['arch'];
  readonly firmware: Firmware;
  readonly identity: HardwareIdentity;
}
