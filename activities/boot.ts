import { newBoot } from '../boot/index.ts';
import { CodedError, type MachineRecord, type Subnet } from '../model/index.ts';
import { contains } from '../net/index.ts';
import type { Store } from '../store/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { BootActivities } from './types.ts';

export function bootActivities({ store, bootDeadlines }: ActivityDependencies): BootActivities {
  return {
    async openBoot({ machine, purpose, image }) {
      const subnet = await subnetOf(store, machine);
      const mac = machine.identity.macs[0];
      if (!mac)
        throw new CodedError('INVENTORY_INVALID', `${machine.name} has no network card to boot from.`);
      // The card that it booted from last time; a machine that never booted has only been declared.
      const last = await store.boots.latestOfMachine(machine.id);
      const boot = newBoot(
        {
          mac: last && machine.identity.macs.includes(last.mac) ? last.mac : mac,
          purpose,
          image: image ?? subnet.ephemeralImage,
          machineId: machine.id,
        },
        new Date(),
        bootDeadlines.dhcpDeadlineMs + bootDeadlines.helloDeadlineMs,
      );
      await store.boots.open(boot);
      await store.events.append({
        at: boot.openedAt,
        kind: 'boot.opened',
        machineId: machine.id,
        message: `${machine.name} may boot ${boot.image} over the network.`,
        data: { bootId: boot.id, purpose },
      });
      return {
        bootId: boot.id,
        ...bootDeadlines,
        ...((await wantsConsole({ store }, machine)) && { checksConsole: true }),
      };
    },
    readBoot: ({ bootId }) => store.boots.get(bootId),
    closeBoot: ({ bootId }) => store.boots.close(bootId, new Date()),
  };
}

/** The subnet in which a machine was last seen; the only one of its site when it was never seen. */
export async function subnetOf(store: Store, machine: MachineRecord): Promise<Subnet> {
  const found = await findSubnet(store, machine);
  if (!found) throw new CodedError('NOT_FOUND', `No subnet of site ${machine.site} holds ${machine.name}.`);
  return found;
}

/** Adopted machines may be in none of ours. */
export async function findSubnet(store: Store, machine: MachineRecord): Promise<Subnet | undefined> {
  const subnets = (await store.subnets.list()).filter(({ site }) => site === machine.site);
  const address = machine.session?.address ?? machine.deployment?.address;
  return address ? subnets.find(({ cidr }) => contains(cidr, address)) : subnets[0];
}

/** Does the subnet ask for the host key on the console, and is there a console that is not on the network of the rack? */
export async function wantsConsole(
  { store }: Pick<ActivityDependencies, 'store'>,
  machine: MachineRecord,
): Promise<boolean> {
  return machine.power.driver === 'ipmi' && (await subnetOf(store, machine)).pin === 'console';
}
