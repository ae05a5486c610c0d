import type { Disk, Inventory, Nic, Script, ScriptTarget } from '../../model/index.ts';
import { invalid } from './select.ts';

type Part = Extract<ScriptTarget, { readonly kind: 'disk' | 'nic' }>;

export interface ChosenPart {
  readonly part: Part;
  /** Why nothing can run on it. */
  readonly skip?: string;
}

/**
 * The disks that a parameter names: `all`, or a list of serials, WWNs, paths, kernel names or `MODEL:SERIAL`.
 * @throws CodedError REQUEST_INVALID when one is not there
 */
export function chooseDisks(
  field: string,
  value: string,
  inventory: Inventory,
  script: Script,
): ChosenPart[] {
  const { destructive, name } = script.metadata;
  const disks =
    value === 'all'
      ? inventory.disks.filter((disk) => !(destructive && disk.removable))
      : listed(value).map((wanted) => {
          const fits = inventory.disks.filter((disk) => isDisk(disk, wanted));
          if (fits.length === 1) return fits[0] as Disk;
          throw invalid(field, `${fits.length === 0 ? 'no disk is' : `${fits.length} disks are`} ${wanted}`);
        });
  return [...new Set(disks)].map((disk) => {
    const skip = destructive ? whyNotToWrite(disk, name) : undefined;
    const { serial, wwn, size, model } = disk;
    return { part: { kind: 'disk', name: disk.name, serial, wwn, size, model }, ...(skip && { skip }) };
  });
}

/** docs/security.md, rule 29: what cannot be told from another disk is not written to. */
function whyNotToWrite(disk: Disk, script: string): string | undefined {
  if (disk.readOnly) return `${disk.name} can only be read`;
  if (disk.serial === '' && disk.wwn === '')
    return `${disk.name} has neither serial nor WWN to know it by, and ${script} overwrites what it runs on`;
  return undefined;
}

function isDisk({ serial, wwn, path, name, model }: Disk, wanted: string): boolean {
  const names = [serial, wwn, path ?? '', name, `/dev/${name}`, `${model}:${serial}`];
  return wanted !== '' && names.includes(wanted);
}

/** The cards that a parameter names: `all` that have a link, or a list of names or MACs. */
export function chooseCards(field: string, value: string, inventory: Inventory): ChosenPart[] {
  const { nics } = inventory;
  const linked = nics.filter(({ link }) => link);
  const cards =
    value === 'all'
      ? linked.length > 0
        ? linked
        : nics
      : listed(value).map((wanted) => {
          const found = nics.find(({ name, mac }) => name === wanted || mac === wanted.toLowerCase());
          if (found) return found;
          throw invalid(field, `no network card is ${wanted}`);
        });
  return [...new Set(cards)].map(({ name, mac }: Nic) => ({ part: { kind: 'nic', name, mac } }));
}

function listed(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
