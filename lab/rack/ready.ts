import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { RackMachine } from '../types.ts';

/** Generous, because a busy host starts things slowly; a healthy one takes a tenth of a second. */
const PATIENCE_MS = 20_000;

export async function awaitBmc(namespace: string, machine: RackMachine): Promise<void> {
  await until(`the BMC of ${machine.name} at ${machine.bmc.address}`, async () => {
    const result = await execa(
      'ip',
      [
        ['netns', 'exec', namespace, 'ipmitool', '-I', 'lanplus', '-C', '3', '-N', '1', '-R', '1'],
        ['-H', machine.bmc.address, '-U', machine.bmc.username, '-f', machine.bmc.passwordFile],
        ['chassis', 'status'],
      ].flat(),
      { reject: false, timeout: 5000 },
    );
    return result.exitCode === 0;
  });
}

export async function awaitHttp(url: string, log: string): Promise<void> {
  try {
    await until(url, async () => {
      const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(2000) });
      return response.status < 500;
    });
  } catch (error) {
    const said = await readFile(log, 'utf8').catch(() => '');
    throw new Error(`${(error as Error).message}: ${said.trim().split('\n').at(-1) ?? ''}`);
  }
}

async function until(what: string, ready: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(100)) {
    if (await ready().catch(() => false)) return;
  }
  throw new Error(`${what} did not answer within ${PATIENCE_MS / 1000} s`);
}
