import type { Ipv4 } from '../../net/index.ts';
import type { Answer } from './answers/answer.ts';
import { openRelay } from './boot/relay.ts';
import type { Fault, Faults } from './faults/fault.ts';
import { makeHardware } from './hardware.ts';
import { createJournal, type Journal } from './journal.ts';
import { SimMachine } from './machine.ts';
import { briskPace, type Pace } from './pace.ts';
import { createRandom } from './random.ts';
import { type RedfishBmc, serveRedfish } from './redfish/server.ts';

/**
 * Many machines in one process. It has to run where every address of the rack's network is its own: in a network
 * namespace whose loopback holds the network (`run/namespace.ts`), together with the service or beside it.
 */
export interface FleetOptions {
  readonly count: number;
  readonly seed: number;
  /** The service's address: where the relay hands DHCP to. */
  readonly server: Ipv4;
  /** The relay's own address, in the subnet and in none of its ranges. */
  readonly relay: Ipv4;
  /** Where BMCs listen, one address each; without it there are none. */
  readonly bmcAddress?: (index: number) => Ipv4;
  readonly faultsOf?: (index: number) => Faults;
  readonly pace?: Pace;
  /** Scripts that the table does not know yet; asked before it. */
  readonly answers?: readonly Answer[];
}

export interface Fleet {
  readonly machines: readonly FleetMachine[];
  readonly journal: Journal;
  close(): Promise<void>;
}

export interface FleetMachine {
  readonly machine: SimMachine;
  readonly bmc?: RedfishBmc;
}

export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const { count, seed, pace = briskPace, answers = [] } = options;
  const journal = createJournal();
  const relay = await openRelay(options.relay, options.server);
  const random = createRandom(seed);
  const hardware = Array.from({ length: count }, (_, index) => makeHardware(seed, index));
  const machines: FleetMachine[] = [];
  for (const [index, each] of hardware.entries()) {
    const faults: Faults = options.faultsOf?.(index) ?? [];
    const machine = new SimMachine({
      hardware: each,
      faults,
      pace,
      relay,
      journal,
      xid: () => random.below(2 ** 32),
      otherUuid: hardware[(index + 1) % count]?.uuid ?? each.uuid,
      moreAnswers: answers,
    });
    const address = options.bmcAddress?.(index);
    const quirks = faults.filter((fault): fault is Extract<Fault, { kind: 'bmc' }> => fault.kind === 'bmc');
    const bmc =
      address && (await serveRedfish({ address, machine, quirks: quirks.map(({ quirk }) => quirk) }));
    machines.push({ machine, ...(bmc && { bmc }) });
  }
  return {
    machines,
    journal,
    async close() {
      await Promise.all(machines.map(({ machine }) => machine.close()));
      for (const { bmc } of machines) await bmc?.close();
      await relay.close();
    },
  };
}
