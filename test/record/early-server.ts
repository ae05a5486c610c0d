import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

/** Events after which a workflow is told to go on as a new one; the server's own default is 4096. */
const EVENTS = 250;
const READY_MS = 60_000;

/** A Temporal server on which a short life is long enough for continue-as-new. It ends with us. */
export async function startEarlyServer(
  binary: string,
  port: number,
): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', binary, 'server', 'start-dev', '--headless', '--log-level', 'error'],
      ...['--ip', '127.0.0.1', '--port', String(port)],
      ...['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${EVENTS}`],
    ],
    { stdio: 'ignore' },
  );
  for (const deadline = Date.now() + READY_MS; ; ) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      break;
    } catch (error) {
      if (Date.now() > deadline || child.exitCode !== null) throw error;
      await delay(100);
    }
  }
  return {
    address,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
