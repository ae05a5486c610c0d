import {
  collectScript,
  identityOf,
  neighboursScript,
  parseInventory,
  withNeighbours,
} from '../inventory/index.ts';
import { CodedError, type Inventory } from '../model/index.ts';
import { makeBmcPassword } from '../power/index.ts';
import { shell } from '../remote/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { About, CommissionActivities } from './types.ts';

const MAX_INVENTORY_BYTES = 16 * 1024 * 1024;

export function commissionActivities(deps: ActivityDependencies): CommissionActivities {
  const { store, hosts, power } = deps;
  const keep = (about: About, inventory: Inventory) =>
    store.inventories.add(about.machine.id, about.operationId, inventory, new Date());
  return {
    async collectInventory(about) {
      const output = await hosts.with(about.session, async (host) => {
        const { exitCode, stdout, stderr } = await host.run(collectScript(), {
          timeoutMs: 180_000,
          maxOutputBytes: MAX_INVENTORY_BYTES,
        });
        if (exitCode === 0) return stdout;
        throw new CodedError(
          'REMOTE_COMMAND_FAILED',
          `The inventory script failed: ${stderr.trim().slice(-300)}`,
        );
      });
      await keep(about, parseInventory(output));
    },

    async listenForNeighbours(about) {
      const inventory = await inventoryOf(deps, about);
      const { stdout } = await hosts.with(about.session, (host) =>
        host.run(neighboursScript(), { timeoutMs: 120_000 }),
      );
      await keep(about, withNeighbours(inventory, stdout));
    },

    async adoptBmc(about) {
      const secretId = `bmc/${about.machine.id}`;
      const kept = await store.secrets.get(secretId, 'password');
      // Made once and kept before it is used: a retry proposes the same one, so that nobody is locked out.
      const password = kept ?? makeBmcPassword();
      if (!kept) await store.secrets.put(secretId, 'password', password);
      const adopted = await hosts.with(about.session, (host) =>
        power.adopt({ run: (words, options) => host.run(shell`${words}`, options), password, secretId }),
      );
      if (!adopted) return undefined;
      await keep(about, {
        ...(await inventoryOf(deps, about)),
        bmc: { ...adopted.bmc, mac: adopted.bmc.mac ?? '' },
      });
      // What an operator entered by hand wins.
      return about.machine.power.driver === 'manual' ? adopted.power : undefined;
    },

    async keepInventory(about) {
      const inventory = await inventoryOf(deps, about);
      return { identity: identityOf(inventory), firmware: inventory.firmware.mode };
    },
  };
}

async function inventoryOf({ store }: ActivityDependencies, { machine }: About): Promise<Inventory> {
  const latest = await store.inventories.latest(machine.id);
  if (!latest) throw new CodedError('INTERNAL', `${machine.name} has no inventory yet.`);
  return latest.inventory;
}
