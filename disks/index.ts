export { awaitDisks } from './await-disks.ts';
export { diskStatus } from './exit-status.ts';
export { type DiskMarks, matchDisk, nameDisk } from './match-disk.ts';
export { knowUse, refuseUsed } from './refuse-used.ts';
