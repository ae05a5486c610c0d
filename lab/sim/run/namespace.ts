import { execa } from 'execa';
import { loopbackAddresses } from './addresses.ts';

/**
 * Runs a program of ours in a new network namespace that holds the simulated rack's networks, and takes the namespace
 * away again with all that still runs in it. Its standard output is returned, its standard error shown. Needs root.
 */
export async function runInNamespace(
  script: string,
  args: readonly string[],
  options: { readonly signal?: AbortSignal; readonly timeoutMs: number; readonly name?: string },
): Promise<string> {
  const { name = `rw-sim-${process.pid}` } = options;
  const inside = ['netns', 'exec', name];
  await execa('ip', ['netns', 'add', name]);
  try {
    await execa('ip', [...inside, 'ip', 'link', 'set', 'lo', 'up']);
    for (const address of loopbackAddresses)
      await execa('ip', [...inside, 'ip', 'address', 'add', address, 'dev', 'lo']);
    const { stdout } = await execa('ip', [...inside, process.execPath, script, ...args], {
      stderr: 'inherit',
      stdin: 'ignore',
      timeout: options.timeoutMs,
      maxBuffer: 1 << 28,
      ...(options.signal && { cancelSignal: options.signal }),
    });
    return stdout;
  } finally {
    const { stdout } = await execa('ip', ['netns', 'pids', name], { reject: false });
    for (const pid of stdout.split('\n').filter(Boolean)) kill(Number(pid));
    await execa('ip', ['netns', 'del', name], { reject: false });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
