import { upgradeInventory } from '../model/index.ts';
import type { Db } from './database.ts';
import type { InventoryStore } from './types.ts';

export function inventoryStore(db: Db): InventoryStore {
  return {
    async add(machineId, operationId, inventory, at) {
      const columns = { at: at.toISOString(), document: JSON.stringify(inventory) };
      await db
        .insertInto('inventory')
        .values({ machine_id: machineId, operation_id: operationId, ...columns })
        // A retry of the same commissioning looked again; what it saw last counts.
        .onConflict((conflict) => conflict.columns(['machine_id', 'operation_id']).doUpdateSet(columns))
        .execute();
    },

    async latest(machineId) {
      const row = await db
        .selectFrom('inventory')
        .select(['document', 'at'])
        .where('machine_id', '=', machineId)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && { inventory: upgradeInventory(row.document), at: row.at };
    },
  };
}
