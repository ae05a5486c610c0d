import {
  CodedError,
  type Disk,
  type ErasedDisk,
  type EraseLevel,
  type ErasePlan,
  isSameDisk,
  type PlannedErasure,
} from '../model/index.ts';
import { type Choice, chooseMethod } from './choose-method.ts';
import { eraseDeadline } from './deadline.ts';
import type { LiveDisk, LiveDisks } from './live-disk.ts';

export interface EraseInput {
  readonly machineName: string;
  readonly bootId: string;
  /** What was there when it was commissioned: whatever of it is gone now would go unerased. */
  readonly known: readonly Disk[];
  readonly live: LiveDisks;
  readonly level: Exclude<EraseLevel, 'none'>;
  /** For disks that cannot do what the level asks. */
  readonly fallback?: 'quick' | 'full';
}

/**
 * Which disk is erased how.
 * @throws CodedError ERASE_UNSUPPORTED, DISK_CHANGED, DISK_NOT_SUITABLE, each naming every disk at fault. Nothing was touched.
 */
export function planErase(input: EraseInput): ErasePlan {
  const skipped: ErasePlan['skipped'][number][] = [];
  const wanted: LiveDisk[] = [];
  for (const disk of input.live.disks) {
    const reason = reasonToSkip(disk);
    if (reason) skipped.push({ disk: facts(disk), reason });
    else wanted.push(disk);
  }
  refuseMissing(input);
  refuseUsed(wanted);
  refuseTwins(wanted);
  refuseToolless(input, wanted);
  return {
    format: 'erase-plan:1',
    level: input.level,
    bootId: input.bootId,
    disks: chooseAll(input, wanted),
    skipped,
  };
}

/** Where memory systems mount what they were started from. */
const ownMedium =
  /^(\/media\/root-ro|\/run\/live(\/.*)?|\/run\/initramfs(\/.*)?|\/cdrom|\/run\/install(\/.*)?)$/;

function reasonToSkip({ readOnly, removable, mountedAt }: LiveDisk): string | undefined {
  if (mountedAt.some((point) => ownMedium.test(point))) return 'the machine runs from it';
  if (removable) return 'it is removable';
  return readOnly ? 'it can only be read' : undefined;
}

function refuseMissing({ known, live, machineName }: EraseInput): void {
  const gone = known.filter(
    (disk) => !disk.removable && !disk.readOnly && !live.disks.some((found) => isSameDisk(found, disk)),
  );
  if (gone.length === 0) return;
  throw new CodedError(
    'DISK_CHANGED',
    `${machineName} had ${listed(gone.map(words))} when it was commissioned, and has not now: what is on it cannot be erased.`,
  );
}

function refuseUsed(disks: readonly LiveDisk[]): void {
  const used = disks.filter(({ mountedAt }) => mountedAt.length > 0);
  if (used.length === 0) return;
  const said = used.map((disk) => `${words(disk)} is mounted at ${disk.mountedAt[0]}`);
  throw new CodedError('DISK_NOT_SUITABLE', `In use: ${listed(said)}.`);
}

/** docs/security.md, rule 29: who cannot be told apart cannot be found again for sure. */
function refuseTwins(disks: readonly LiveDisk[]): void {
  const twin = disks.find((disk) => disks.some((other) => other !== disk && isSameDisk(disk, other)));
  if (!twin) return;
  throw new CodedError(
    'DISK_NOT_SUITABLE',
    `There are two disks like ${words(twin)}: without serials of their own they cannot be told apart.`,
  );
}

function refuseToolless({ live, machineName }: EraseInput, wanted: readonly LiveDisk[]): void {
  if (wanted.length === 0 || live.tools.has('perl')) return;
  throw new CodedError(
    'ERASE_UNSUPPORTED',
    `The memory image of ${machineName} has no perl, which reads back what was erased.`,
  );
}

function chooseAll(input: EraseInput, disks: readonly LiveDisk[]): readonly PlannedErasure[] {
  const choices = disks.map((disk) => ({ disk, choice: choose(input, disk) }));
  const unsupported = choices.flatMap(({ disk, choice }) =>
    'unsupported' in choice
      ? [`${words(disk)} cannot be erased like that: ${choice.unsupported}. What works: ${choice.would}.`]
      : [],
  );
  if (unsupported.length > 0) throw new CodedError('ERASE_UNSUPPORTED', unsupported.join(' '));
  return choices.flatMap(({ disk, choice }) =>
    'method' in choice
      ? [
          {
            step: `erase ${disk.name}`,
            disk: facts(disk),
            method: choice.method,
            deadlineMs: eraseDeadline(choice.method, disk),
          },
        ]
      : [],
  );
}

function choose({ live, level, fallback }: EraseInput, disk: LiveDisk): Choice {
  const context = { tools: live.tools, sharesController: sharesController(disk, live.disks) };
  const choice = chooseMethod(disk, level, context);
  return 'unsupported' in choice && fallback ? chooseMethod(disk, fallback, context) : choice;
}

function sharesController({ name }: LiveDisk, all: readonly LiveDisk[]): boolean {
  const controller = /^(nvme\d+)n\d+$/.exec(name)?.[1];
  return (
    controller !== undefined &&
    all.some((other) => other.name !== name && other.name.startsWith(`${controller}n`))
  );
}

function facts({ serial, wwn, size, model, name }: LiveDisk): ErasedDisk {
  return { serial, wwn, size, model, name };
}

function words({ name, model, serial, size }: ErasedDisk): string {
  const marks = [model, serial && `serial ${serial}`, `${Math.round(size / 1e9)} GB`].filter(Boolean);
  return `${name} (${marks.join(', ')})`;
}

function listed(items: readonly string[]): string {
  return items.join('; ');
}
