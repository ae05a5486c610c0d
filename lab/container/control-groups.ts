import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every mounted tree of control groups: one with version 2, one a controller with version 1 or both. */
export async function hierarchies(mount = '/sys/fs/cgroup'): Promise<readonly string[]> {
  const entries = await readdir(mount).catch((): string[] => []);
  if (entries.includes('cgroup.procs')) return [mount];
  const found: string[] = [];
  for (const entry of entries)
    if (await exists(join(mount, entry, 'cgroup.procs'))) found.push(join(mount, entry));
  return found;
}

/**
 * A group of that name in every tree. Without one of its own, systemd-nspawn puts a machine into groups at the root of
 * the tree, where the second one meets the first.
 */
export async function makeGroups(name: string, memoryMiB: number | undefined): Promise<readonly string[]> {
  const groups: string[] = [];
  for (const tree of await hierarchies()) {
    const group = join(tree, name);
    await mkdir(group, { recursive: true });
    // A new group of version 1 has no processor and no memory node, and takes no process before it has.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if ((await exists(join(tree, file))) && (await exists(join(group, file))))
        await writeFile(join(group, file), await readFile(join(tree, file), 'utf8'));
    }
    groups.push(group);
  }
  if (memoryMiB !== undefined) await limitMemory(groups, memoryMiB * 1024 ** 2);
  return groups;
}

async function limitMemory(groups: readonly string[], bytes: number): Promise<void> {
  let limited = false;
  for (const group of groups) {
    // Version 2 has the file only where the parent hands the controller down.
    await writeFile(join(group, '../cgroup.subtree_control'), '+memory').catch(() => {});
    for (const file of ['memory.limit_in_bytes', 'memory.max']) {
      if (!(await exists(join(group, file)))) continue;
      await writeFile(join(group, file), String(bytes));
      limited = true;
    }
  }
  if (!limited) throw new Error('this host has no control group that limits memory');
}

/** Kills whatever is in these groups, and removes them, in every tree. */
export async function removeGroups(isMeant: (name: string) => boolean): Promise<void> {
  // What is killed leaves its group a moment later; a fork that was just under way is met in the next round.
  for (const deadline = Date.now() + 15_000; ; await sleep(20)) {
    const groups = await groupsOf(isMeant);
    if (groups.length === 0) return;
    for (const pid of await members(groups)) kill(pid);
    // Children before their parents.
    for (const group of groups.toReversed()) await rmdir(group).catch(() => {});
    if (Date.now() > deadline) throw new Error(`control groups do not go away: ${groups.join(' ')}`);
  }
}

/** Each with all below it, parents first. */
async function groupsOf(isMeant: (name: string) => boolean): Promise<readonly string[]> {
  const found: string[] = [];
  const walk = async (group: string): Promise<void> => {
    found.push(group);
    const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) await walk(join(group, entry.name));
  };
  for (const tree of await hierarchies()) {
    for (const entry of await readdir(tree)) if (isMeant(entry)) await walk(join(tree, entry));
  }
  return found;
}

async function members(groups: readonly string[]): Promise<ReadonlySet<number>> {
  const texts = await Promise.all(
    groups.map((group) => readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '')),
  );
  return new Set(
    texts
      .flatMap((text) => text.split('\n'))
      .filter(Boolean)
      .map(Number),
  );
}

function kill(pid: number): void {
  // 0 stands for a process that this one cannot see, and kill(2) would take it for ourselves.
  if (pid === 0 || pid === process.pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone in the meantime.
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
