import type { ActivityDependencies } from './deps.ts';
import type { CaretakerActivities } from './types.ts';

const PAGE = 500;

export function caretakerActivities({ store, workflows }: ActivityDependencies): CaretakerActivities {
  return {
    async reviveLost() {
      const running = await workflows.running();
      const revived: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.machines.list({ limit: PAGE, ...(after !== undefined && { after }) });
        for (const machine of page) {
          if (running.has(machine.id)) continue;
          const [latest] = await store.operations.ofMachine(machine.id, 1);
          if (!(await workflows.revive(machine, latest))) continue;
          revived.push(machine.id);
          await store.events.append({
            at: new Date().toISOString(),
            kind: 'machine.revived',
            machineId: machine.id,
            message: `The workflow of ${machine.name} was gone; it has one again.`,
          });
        }
        after = page.length === PAGE ? page.at(-1)?.id : undefined;
      } while (after !== undefined);
      return { revived };
    },
  };
}
