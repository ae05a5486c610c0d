import { readdir, readFile } from 'node:fs/promises';

/** VmRSS and VmHWM of a process in MiB (proc_pid_status(5)). Zero when it is gone. */
export async function memoryOf(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const field = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024);
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** The children of a process whose name begins like this. */
export async function childrenNamed(parent: number, name: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const [, command, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
    if (command?.startsWith(name) && Number(rest?.split(' ')[1]) === parent) found.push(Number(entry));
  }
  return found;
}
