import { CodedError } from '../model/index.ts';
import type { Host } from './host.ts';
import { shell } from './shell.ts';

/**
 * Changes with every start of the kernel. Jobs live in /run and are forgotten then: who must not run a step twice
 * compares this with what it was when the step began.
 */
export async function readBootId(host: Host): Promise<string> {
  const { exitCode, stdout } = await host.run(shell`cat /proc/sys/kernel/random/boot_id`);
  const id = stdout.trim();
  if (exitCode === 0 && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw new CodedError('REMOTE_COMMAND_FAILED', 'The machine does not tell the id of its boot.', {
    exitCode,
  });
}
