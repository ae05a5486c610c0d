import type { Mac } from '../net/index.ts';
import type { Inventory } from './inventory.ts';
import { isPlaceholderSerial } from './identity.ts';
import type { HardwareIdentity } from './machine.ts';
import type { PowerParameters } from './power.ts';

/** A machine that should arrive, as somebody wrote it down before. No secrets: its password is in the secret store. */
export interface DeclaredMachine {
  readonly name: string;
  readonly serial?: string;
  readonly macs: readonly Mac[];
  /** Default: the site of the subnet in which it shows up. */
  readonly site?: string;
  readonly rack?: string;
  /** Height unit in the rack, from 1. */
  readonly unit?: number;
  readonly tags: readonly string[];
  readonly power?: PowerParameters;
  readonly expects: Expectations;
  /** `block`: a difference that counts ends its commissioning with an error. */
  readonly onMismatch: MismatchPolicy;
}

export const mismatchPolicies = ['warn', 'block'] as const;
export type MismatchPolicy = (typeof mismatchPolicies)[number];

export interface Expectations {
  /** Processors as the system counts them. */
  readonly threads?: number;
  readonly sockets?: number;
  /** Bytes. */
  readonly memory?: number;
  /** How many disks that are neither removable nor read-only. */
  readonly diskCount?: number;
  /** Of each of them, bytes. */
  readonly diskSize?: number;
  /** Serials of disks that must be there. */
  readonly diskSerials?: readonly string[];
}

export type DeclaredMatch =
  | { readonly kind: 'none' }
  | { readonly kind: 'match'; readonly declared: DeclaredMachine }
  /** Fits more than one, or one in part: never a guess. */
  | { readonly kind: 'conflict'; readonly names: readonly string[]; readonly because: string };

/**
 * By serial or by a MAC. A declaration with a serial that the machine contradicts does not fit by its MACs alone: then
 * the wrong machine stands where another one was ordered.
 */
export function matchDeclared(
  all: readonly DeclaredMachine[],
  { serial, macs }: Pick<HardwareIdentity, 'serial' | 'macs'>,
): DeclaredMatch {
  const said = isPlaceholderSerial(serial) ? undefined : serial;
  const fitting = all.filter(
    (declared) =>
      (said !== undefined && declared.serial === said) || declared.macs.some((mac) => macs.includes(mac)),
  );
  const [declared, ...more] = fitting;
  if (!declared) return { kind: 'none' };
  if (more.length > 0) {
    const names = fitting.map(({ name }) => name);
    return { kind: 'conflict', names, because: `it fits ${names.join(' and ')}` };
  }
  if (said !== undefined && declared.serial !== undefined && declared.serial !== said) {
    const because = `it has a MAC of ${declared.name}, and serial ${said} where ${declared.serial} was declared`;
    return { kind: 'conflict', names: [declared.name], because };
  }
  return { kind: 'match', declared };
}

/** `major`: it is not what was ordered. `minor`: more than that, or a rounding that a vendor may take. */
export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  readonly severity: 'major' | 'minor';
}

/** Memory that firmware and graphics take before the system counts: up to 5 %, at least 64 MiB. */
const memoryAllowance = (bytes: number): number => Math.max(bytes * 0.05, 64 * 1024 ** 2);
/** Vendors count in thousands, and round: 960 GB are anything from 950 to 970. */
const diskAllowance = 0.02;

export function compareInventory(
  { serial, macs, expects }: DeclaredMachine,
  inventory: Inventory,
): readonly Difference[] {
  const disks = inventory.disks.filter((disk) => !disk.removable && !disk.readOnly);
  const found: (Difference | undefined)[] = [
    serial === undefined ? undefined : exact('serial', serial, inventory.system.serial),
    ...macs
      .filter((mac) => !inventory.nics.some((nic) => nic.mac === mac))
      .map((mac) => difference('macs', mac, 'no such card', 'major')),
    count('threads', expects.threads, inventory.cpu.threads),
    count('sockets', expects.sockets, inventory.cpu.sockets),
    memory(expects.memory, inventory.memory.bytes),
    count('disks.count', expects.diskCount, disks.length),
    ...disks.map((disk) => diskSize(expects.diskSize, disk.name, disk.size)),
    ...(expects.diskSerials ?? [])
      .filter((wanted) => !disks.some((disk) => disk.serial === wanted))
      .map((wanted) => difference('disks.serials', wanted, 'no such disk', 'major')),
  ];
  return found.filter((one) => one !== undefined);
}

function difference(
  field: string,
  expected: string | number,
  found: string | number,
  severity: Difference['severity'],
): Difference {
  return { field, expected: String(expected), found: String(found), severity };
}

function exact(field: string, expected: string, found: string): Difference | undefined {
  return expected === found ? undefined : difference(field, expected, found || 'none', 'major');
}

/** More than was ordered is a difference to look at, and blocks nobody. */
function count(field: string, expected: number | undefined, found: number): Difference | undefined {
  if (expected === undefined || expected === found) return undefined;
  return difference(field, expected, found, found < expected ? 'major' : 'minor');
}

function memory(expected: number | undefined, found: number): Difference | undefined {
  if (expected === undefined || found === expected) return undefined;
  if (found < expected - memoryAllowance(expected)) return difference('memory', expected, found, 'major');
  return found > expected ? difference('memory', expected, found, 'minor') : undefined;
}

function diskSize(expected: number | undefined, name: string, found: number): Difference | undefined {
  if (expected === undefined || Math.abs(found - expected) <= expected * diskAllowance) return undefined;
  return difference(`disks.size (${name})`, expected, found, found < expected ? 'major' : 'minor');
}
