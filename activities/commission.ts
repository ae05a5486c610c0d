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
import { beating } from './beating.ts';
import type { ActivityDependencies } from './deps.ts';
import { demandClean } from './taint.ts';
import type { About, CommissionActivities } from './types.ts';

const MAX_INVENTORY_BYTES = 16 * 1024 * 1024;

export function commissionActivities(deps: ActivityDependencies): CommissionActivities {
  const { store, hosts, power } = deps;
  const keep = (about: About, inventory: Inventory) => keepInventory(deps, about, inventory);
  return {
    async collectInventory(about) {
      await keep(about, await beating(() => readHardware(deps, about)));
    },

    async listenForNeighbours(about) {
      const inventory = await inventoryOf(deps, about);
      const { stdout } = await beating(() =>
        hosts.with(about.session, (host) => host.run(neighboursScript(), { timeoutMs: 120_000 })),
      );
      await keep(about, withNeighbours(inventory, stdout));
    },

    async adoptBmc(about) {
      if (deps.bmcAdoption === 'off') return undefined;
      await demandClean(store, about.session);
      const secretId = `bmc/${about.machine.id}`;
      const kept = await store.secrets.get(secretId, 'password');
      // Made once and kept before it is used: a retry proposes the same one, so that nobody is locked out.
      const password = kept ?? makeBmcPassword();
      if (!kept) await store.secrets.put(secretId, 'password', password);
      const adopted = await beating(() =>
        hosts.with(about.session, (host) =>
          power.adopt({ run: (words, options) => host.run(shell`${words}`, options), password, secretId }),
        ),
      );
      if (!adopted) return undefined;
      for (const message of adopted.findings) {
        const { machine, operationId } = about;
        const at = new Date().toISOString();
        await store.events.append({ at, kind: 'bmc.finding', machineId: machine.id, operationId, message });
      }
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

/** After a script has changed something: what only other steps find out is carried over. */
export async function collectAgain(deps: ActivityDependencies, about: About): Promise<void> {
  const { bmc, nics } = await inventoryOf(deps, about);
  const fresh = await readHardware(deps, about);
  const neighbours = new Map(nics.map(({ mac, neighbour }) => [mac, neighbour]));
  await keepInventory(deps, about, {
    ...fresh,
    nics: fresh.nics.map((nic) => {
      const neighbour = neighbours.get(nic.mac);
      return neighbour ? { ...nic, neighbour } : nic;
    }),
    ...(bmc && { bmc }),
  });
}

async function readHardware({ hosts }: ActivityDependencies, { session }: About): Promise<Inventory> {
  const output = await hosts.with(session, async (host) => {
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
  return parseInventory(output);
}

function keepInventory({ store }: ActivityDependencies, about: About, inventory: Inventory): Promise<void> {
  return store.inventories.add(about.machine.id, about.operationId, inventory, new Date());
}

async function inventoryOf({ store }: ActivityDependencies, { machine }: About): Promise<Inventory> {
  const latest = await store.inventories.latest(machine.id);
  if (!latest) throw new CodedError('INTERNAL', `${machine.name} has no inventory yet.`);
  return latest.inventory;
}
