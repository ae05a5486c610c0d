import { describe, expect, test } from 'vitest';
import { declaredActivities } from '../../activities/declared.ts';
import type { ActivityDependencies } from '../../activities/deps.ts';
import type { DeclaredActivities } from '../../activities/types.ts';
import { declaredArrival } from '../../cli/up/declared-arrival.ts';
import { type DeclaredMachine, Secret } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';
import { inventory, machine, macOf } from '../api/records.ts';

/** From the declaration to the machine: what it brings along at its first hello, and what commissioning makes of it. */
let store: Store;
ownStore((made) => {
  store = made;
});

function declared(name: string, values: Partial<DeclaredMachine> = {}): DeclaredMachine {
  return { name, macs: [], tags: [], expects: {}, onMismatch: 'warn', ...values };
}
const identity = (serial: string, macs = [macOf(serial)]) => ({ uuid: '', serial, macs });

describe('at its first hello', () => {
  test('a declared machine gets its name, and a copy of its password for itself', async () => {
    const power = {
      driver: 'ipmi',
      address: ipv4('10.78.1.11'),
      port: 623,
      username: 'admin',
      passwordSecret: 'declared-r1-u1-00',
      cipherSuite: 17,
    } as const;
    await store.declared.put([declared('r1-u1', { serial: 'A-1', power })]);
    await store.secrets.put('declared-r1-u1-00', 'password', new Secret('first'));

    const arrival = await declaredArrival(store, 'm-1', identity('A-1'));
    expect(arrival).toEqual({ name: 'r1-u1', power: { ...power, passwordSecret: 'bmc-m-1-declared' } });
    await store.secrets.delete('declared-r1-u1-00');
    expect((await store.secrets.get('bmc-m-1-declared', 'password'))?.reveal()).toBe('first');
  });

  test('one that nobody declared gets nothing', async () => {
    expect(await declaredArrival(store, 'm-2', identity('Z-9'))).toBeUndefined();
  });

  test('one that fits two is refused, and both are named', async () => {
    await store.declared.put([declared('c-1', { serial: 'C-1' }), declared('c-2', { macs: [macOf('C-1')] })]);
    await expect(declaredArrival(store, 'm-3', identity('C-1'))).rejects.toMatchObject({
      code: 'DECLARED_AMBIGUOUS',
      message: expect.stringContaining('c-1 and c-2'),
    });
  });
});

describe('commissioning', () => {
  const compareDeclared: DeclaredActivities['compareDeclared'] = (ask) =>
    declaredActivities({ store } as ActivityDependencies).compareDeclared(ask);
  const commissioned = async (id: string, policy: DeclaredMachine['onMismatch'], threads: number) => {
    const found = machine(id, { identity: { uuid: id, serial: inventory.system.serial, macs: [macOf(id)] } });
    await store.inventories.add(id, `${id}/commission/1`, inventory, new Date());
    await store.declared.put([
      declared(`d-${id}`, { macs: [macOf(id)], expects: { threads, diskCount: 0 }, onMismatch: policy }),
    ]);
    // The card of the record is not the card of the inventory, which is a difference of its own.
    return compareDeclared({ machine: found });
  };
  const differs = async (id: string) =>
    (await store.events.after(0, { limit: 1000 })).filter(
      (event) => event.kind === 'declared.differs' && event.machineId === id,
    );

  test('goes on with a word about what differs', async () => {
    const { threads } = inventory.cpu;
    const { name, differences } = await commissioned('m-10', 'warn', threads + 1);
    expect(name).toBe('d-m-10');
    expect(differences.map(({ field, severity }) => [field, severity])).toContainEqual(['threads', 'major']);
    expect((await differs('m-10'))[0]?.message).toContain(`threads: ${threads + 1} was declared`);
  });

  test('ends where the declaration says so, and names the fields', async () => {
    await expect(commissioned('m-11', 'block', inventory.cpu.threads + 1)).rejects.toMatchObject({
      code: 'DECLARED_MISMATCH',
      details: { declaration: 'd-m-11', fields: 'macs, threads' },
    });
  });

  test('says nothing of a machine that nobody declared', async () => {
    expect(await compareDeclared({ machine: machine('m-12') })).toEqual({ differences: [] });
    expect(await differs('m-12')).toEqual([]);
  });
});
