import type { SimDisk } from '../disk.ts';
import type { Faults } from '../faults/fault.ts';
import type { Hardware } from '../hardware.ts';
import type { Effect } from '../journal.ts';
import type { RunningSystem } from '../system.ts';

/** A script that the controller sent, unwrapped from all quoting. */
export interface Asked {
  readonly script: string;
  readonly input: Buffer;
  /** Name of the job, when it runs as one. */
  readonly job?: string;
}

export interface Reply {
  /** Of a job: its log. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default 0. */
  readonly exitCode?: number;
  /** After the answer is out: the machine goes elsewhere. */
  readonly goes?: 'installed' | 'restart' | 'new-address' | 'off';
}

/** The machine as an answer sees it. */
export interface Answering {
  readonly hardware: Hardware;
  readonly faults: Faults;
  readonly system: RunningSystem;
  readonly disks: readonly SimDisk[];
  effect(effect: Omit<Effect, 'at' | 'machine'>): void;
}

/** How the simulator knows a script and what it says to it. The first that matches answers. */
export interface Answer {
  readonly name: string;
  readonly matches: RegExp;
  reply(on: Answering, asked: Asked): Reply;
}

/** `m-1-deploy-2-make-file-systems-1` → `make file systems`: the step of the operation that a job is. */
export function stepOfJob(job: string | undefined): string | undefined {
  return /-[a-z]+-\d+-(.+)-\d+$/.exec(job ?? '')?.[1]?.replaceAll('-', ' ');
}
