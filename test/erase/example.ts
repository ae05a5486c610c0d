import { readFileSync } from 'node:fs';
import type { LiveDisk, LiveDisks } from '../../erase/live-disk.ts';
import type { EraseInput } from '../../erase/plan-erase.ts';
import type { Disk } from '../../model/index.ts';

export const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

const noQueue = {
  discards: false,
  discardReadsZero: false,
  writesZeroes: false,
  writesZeroesAndUnmaps: false,
};

export function live(changes: Partial<LiveDisk> = {}): LiveDisk {
  return {
    name: 'sda',
    serial: 'S-1',
    wwn: '0x5000c500a1b2c3d4',
    model: 'ST4000NM0035',
    size: 4_000_787_030_016,
    readOnly: false,
    removable: false,
    transport: 'sas',
    mountedAt: [],
    queue: noQueue,
    ...changes,
  };
}

export const queue = (changes: Partial<LiveDisk['queue']>): LiveDisk['queue'] => ({ ...noQueue, ...changes });

export function known(disk: LiveDisk): Disk {
  const { name, serial, wwn, model, size, readOnly, removable, transport } = disk;
  return { name, serial, wwn, model, size, readOnly, removable, transport, rotational: false, holds: [] };
}

export const allTools: LiveDisks['tools'] = new Set(['nvme', 'hdparm', 'blkdiscard', 'perl']);

export function input(disks: readonly LiveDisk[], changes: Partial<EraseInput> = {}): EraseInput {
  return {
    machineName: 'node-1',
    bootId: 'b-1',
    known: disks.map(known),
    live: { disks, tools: allTools },
    level: 'quick',
    ...changes,
  };
}
