import { CodedError, compareInventory, matchDeclared } from '../model/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { DeclaredActivities } from './types.ts';

export function declaredActivities({ store }: ActivityDependencies): DeclaredActivities {
  return {
    async compareDeclared({ machine }) {
      const match = matchDeclared(await store.declared.list(), machine.identity);
      if (match.kind === 'none') return { differences: [] };
      if (match.kind === 'conflict') {
        throw new CodedError(
          'DECLARED_AMBIGUOUS',
          `${machine.name} is declared twice or wrongly: ${match.because}.`,
        );
      }
      const { declared } = match;
      const found = await store.inventories.latest(machine.id);
      if (!found) throw new CodedError('INTERNAL', `${machine.name} has no inventory yet.`);
      const differences = compareInventory(declared, found.inventory);
      if (differences.length === 0) return { name: declared.name, differences };
      const said = differences.map(
        ({ field, expected, found: is }) => `${field}: ${expected} was declared, ${is} is there`,
      );
      await store.events.append({
        at: new Date().toISOString(),
        kind: 'declared.differs',
        machineId: machine.id,
        message: `${machine.name} differs from its declaration: ${said.join('; ')}.`,
        data: { declaration: declared.name },
      });
      const counting = differences.filter(({ severity }) => severity === 'major');
      if (declared.onMismatch === 'block' && counting.length > 0) {
        throw new CodedError(
          'DECLARED_MISMATCH',
          `${machine.name} is not what was declared as ${declared.name}: ${said.join('; ')}.`,
          { declaration: declared.name, fields: counting.map(({ field }) => field).join(', ') },
        );
      }
      return { name: declared.name, differences };
    },
  };
}
