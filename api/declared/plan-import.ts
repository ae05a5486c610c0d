import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type DeclaredMachine,
  isSamePowerPlace,
  type PowerDriverEntry,
  powerDriverTable,
  type PowerParameters,
  powerSecretId,
} from '../../model/index.ts';
import type { DeclaredEntry, ImportAnswer } from '../schemas/declared.ts';

export interface PlannedImport {
  readonly machine: DeclaredMachine;
  readonly change: ImportAnswer['changes'][number];
  /** To be written under the secret record of its power parameters. */
  readonly secrets: readonly (readonly [field: string, value: string])[];
}

/**
 * What an entry makes of what was declared under its name before. `isKept` answers whether this very value is what the secret store has
 * in that place: so that the same file imported twice changes nothing.
 */
export async function planImport(
  entry: DeclaredEntry,
  before: DeclaredMachine | undefined,
  isKept: (record: string, field: string, value: string) => Promise<boolean>,
): Promise<PlannedImport> {
  const { power: wanted, expects, serial, site, rack, unit, ...rest } = entry;
  const power = wanted && (await powerFrom(entry.name, wanted, before?.power, isKept));
  const { disks, threads, sockets, memory } = expects;
  const machine: DeclaredMachine = {
    ...rest,
    ...(serial !== undefined && { serial }),
    ...(site !== undefined && { site }),
    ...(rack !== undefined && { rack }),
    ...(unit !== undefined && { unit }),
    ...(power && { power: power.parameters }),
    expects: {
      ...(threads !== undefined && { threads }),
      ...(sockets !== undefined && { sockets }),
      ...(memory !== undefined && { memory }),
      ...(disks?.count !== undefined && { diskCount: disks.count }),
      ...(disks?.size !== undefined && { diskSize: disks.size }),
      ...(disks?.serials !== undefined && { diskSerials: disks.serials }),
    },
  };
  const fields = before ? changedFields(before, machine) : Object.keys(machine);
  const kind = before ? (fields.length > 0 ? 'change' : 'unchanged') : 'create';
  return {
    machine,
    change: { name: entry.name, change: kind, fields: kind === 'create' ? [] : fields },
    secrets: power?.secrets ?? [],
  };
}

function changedFields(before: DeclaredMachine, after: DeclaredMachine): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof DeclaredMachine)[];
  return fields.filter((field) => !isDeepStrictEqual(before[field], after[field]));
}

/**
 * As for a machine (docs/security.md, rule 19): a stored secret is never sent anywhere but where it was meant for. The
 * record gets another id whenever its content or its place changes, so that a change shows and the old one stays until it is replaced.
 */
async function powerFrom(
  name: string,
  wanted: NonNullable<DeclaredEntry['power']>,
  before: PowerParameters | undefined,
  isKept: (record: string, field: string, value: string) => Promise<boolean>,
): Promise<{ parameters: PowerParameters; secrets: PlannedImport['secrets'] }> {
  const entry: PowerDriverEntry = powerDriverTable[wanted.driver];
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
  const secrets = given.filter(([field]) => entry.secrets.includes(field)) as [string, string][];
  const open = Object.fromEntries(given.filter(([field]) => !entry.secrets.includes(field)));
  if (entry.secrets.length === 0) return { parameters: open as unknown as PowerParameters, secrets: [] };
  const place = { ...open, driver: wanted.driver };
  const old = before && isSamePowerPlace(before, place) ? powerSecretId(before) : undefined;
  const same = old !== undefined && (await everyOf(secrets, ([field, value]) => isKept(old, field, value)));
  const record = same ? old : `declared-${name}-${randomBytes(8).toString('hex')}`;
  const pointer = wanted.driver === 'ipmi' ? { passwordSecret: record } : { secret: record };
  return {
    parameters: { ...open, ...pointer } as unknown as PowerParameters,
    secrets: same ? [] : secrets,
  };
}

async function everyOf<Item>(
  items: readonly Item[],
  holds: (item: Item) => Promise<boolean>,
): Promise<boolean> {
  for (const item of items) if (!(await holds(item))) return false;
  return true;
}
