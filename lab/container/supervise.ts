import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { makeGroups, removeGroups } from './control-groups.ts';
import { BOOT_ENVIRONMENT, type Boot, bootCommand, INTO_GROUPS, REBOOT } from './nspawn.ts';

export type PowerState = 'on' | 'off' | 'changing';

export interface Supervised {
  state(): PowerState;
  on(): void;
  /** An orderly shutdown, and the plug when that takes too long. */
  off(): void;
  /** Off, and off for good. */
  end(): Promise<void>;
}

/** Services of a layer get this long to stop; 0.5 s is usual. */
export const SHUTDOWN_MS = 10_000;

/** Boots a machine, boots it again when it asks for a reboot, and leaves it off when it powers itself off. */
export function superviseMachine(
  boot: Boot & { readonly consoleLog: string; readonly memoryMiB?: number },
): Supervised {
  let wanted: 'on' | 'off' = 'off';
  let isStopping = false;
  let child: ChildProcess | undefined;
  let life: Promise<void> | undefined;

  const isOwn = (group: string): boolean => group === boot.id;
  const bootOnce = async (): Promise<number | null> => {
    // Of a supervisor that was killed: its machine may still be on its way down, and holds the root.
    await removeGroups(isOwn);
    const groups = await makeGroups(boot.id, boot.memoryMiB);
    const log = await open(boot.consoleLog, 'a');
    try {
      if (isStopping) return null;
      const files = groups.map((group) => join(group, 'cgroup.procs'));
      child = spawn('sh', ['-c', INTO_GROUPS, 'boot', String(files.length), ...files, ...bootCommand(boot)], {
        stdio: ['ignore', log.fd, log.fd],
        env: { ...process.env, ...BOOT_ENVIRONMENT },
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    } finally {
      child = undefined;
      await log.close();
      await removeGroups(isOwn);
    }
  };
  const live = async (): Promise<void> => {
    for (let isOn = true; isOn; ) {
      const code = await bootOnce().catch((error: unknown) => {
        console.error(`${boot.id}: ${String(error)}`);
        return null;
      });
      console.log(`${boot.id} ended with ${code}`);
      isOn = isStopping ? wanted === 'on' : code === REBOOT;
      isStopping = false;
    }
    life = undefined;
  };
  const on = (): void => {
    wanted = 'on';
    life ??= live();
  };
  const off = (): void => {
    wanted = 'off';
    if (life === undefined || isStopping) return;
    isStopping = true;
    const stopped = child;
    stopped?.kill('SIGTERM');
    const plug = setTimeout(() => stopped?.kill('SIGKILL'), SHUTDOWN_MS);
    stopped?.once('exit', () => clearTimeout(plug));
  };
  return {
    state() {
      if (life === undefined) return 'off';
      return isStopping ? 'changing' : 'on';
    },
    on,
    off,
    async end() {
      off();
      await life;
    },
  };
}
