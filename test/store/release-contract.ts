import { describe, expect, test } from 'vitest';
import type { DeclaredMachine, EraseEvidence, ErasePlan } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import { hostileStrings } from './hostile-strings.ts';
import { mac } from './records.ts';

/** Evidence of erasures, and machines that should arrive. */
export function releaseContract(opened: () => Store): void {
  const disk = (serial: string) => ({ serial, wwn: '', size: 1000, model: 'M', name: 'sda' });
  const evidence = (operationId: string, values: Partial<EraseEvidence> = {}): EraseEvidence => ({
    format: 'erase-evidence:1',
    machineId: operationId.split('/')[0] ?? '',
    operationId,
    bootId: 'b-1',
    disk: disk('S-1'),
    level: 'full',
    method: 'overwrite',
    startedAt: '2026-11-22T10:00:00.000Z',
    endedAt: '2026-11-22T11:00:00.000Z',
    result: 'ok',
    ...values,
  });

  describe('evidence', () => {
    test('comes back as it was written, whatever a disk calls itself', async () => {
      for (const [index, serial] of hostileStrings.entries()) {
        const written = evidence(`hostile-evidence/release/${index}`, { disk: disk(serial) });
        await opened().evidence.append('erase sda', written);
        expect(await opened().evidence.ofOperation(written.operationId)).toEqual([written]);
      }
    });

    test('is never changed: of two that write at once, one stays', async () => {
      const id = 'race-evidence/release/1';
      const both = [evidence(id), evidence(id, { result: 'failed', reason: 'no' })];
      await Promise.all(both.map((one) => opened().evidence.append('erase sda', one)));
      const kept = await opened().evidence.ofOperation(id);
      expect(kept).toHaveLength(1);
      expect(both).toContainEqual(kept[0]);
    });

    test('of a machine is shown newest first', async () => {
      for (const number of [1, 2, 3])
        await opened().evidence.append('erase sda', evidence(`shown-evidence/release/${number}`));
      const shown = await opened().evidence.ofMachine('shown-evidence', 2);
      expect(shown.map(({ operationId }) => operationId.at(-1))).toEqual(['3', '2']);
      expect(await opened().evidence.ofMachine('nobody', 10)).toEqual([]);
    });

    test('rests on the first plan of its operation', async () => {
      const plan: ErasePlan = {
        format: 'erase-plan:1',
        level: 'full',
        bootId: 'b-1',
        disks: [],
        skipped: [],
      };
      expect(await opened().evidence.plan('plan-evidence/release/1')).toBeUndefined();
      expect(await opened().evidence.keepPlan('plan-evidence/release/1', plan)).toEqual(plan);
      expect(await opened().evidence.keepPlan('plan-evidence/release/1', { ...plan, bootId: 'b-2' })).toEqual(
        plan,
      );
    });
  });

  describe('declared machines', () => {
    const declared = (name: string, values: Partial<DeclaredMachine> = {}): DeclaredMachine => ({
      name,
      macs: [],
      tags: [],
      expects: {},
      onMismatch: 'warn',
      ...values,
    });

    test('replace the one of their name, are listed by name, and are forgotten', async () => {
      await opened().declared.put([
        declared('z-9', { serial: 'Z' }),
        declared('a-1', { macs: [mac(0x5000)] }),
      ]);
      await opened().declared.put([declared('z-9', { serial: 'other' })]);
      expect((await opened().declared.list()).map(({ name, serial }) => [name, serial])).toEqual([
        ['a-1', undefined],
        ['z-9', 'other'],
      ]);
      expect(await opened().declared.get('a-1')).toEqual(declared('a-1', { macs: [mac(0x5000)] }));
      expect(await opened().declared.delete('a-1')).toBe(true);
      expect(await opened().declared.delete('a-1')).toBe(false);
      expect(await opened().declared.get('a-1')).toBeUndefined();
    });

    test('are taken all or none', async () => {
      const broken = { ...declared('half-2'), name: undefined } as unknown as DeclaredMachine;
      await expect(opened().declared.put([declared('half-1'), broken])).rejects.toThrow();
      expect(await opened().declared.get('half-1')).toBeUndefined();
    });
  });
}
