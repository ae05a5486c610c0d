import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { startTemporalServer } from '../../worker/temporal-server.ts';

let folder: string;
let binary: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-temporal-'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
  binary = await temporalBinary(cache, console.log);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('the embedded Temporal server', () => {
  it('is started again on the same port and file when it dies, and remembers', async () => {
    const said: string[] = [];
    const server = await startTemporalServer({
      binary,
      databaseFile: join(folder, 'restart.db'),
      report: (line) => said.push(line),
    });
    try {
      const first = server.pid() as number;
      const connection = await Connection.connect({ address: server.address });
      const client = new Client({ connection });
      await client.workflow.start('nobody-runs-this', { workflowId: 'kept', taskQueue: 'nobody' });
      process.kill(first, 'SIGKILL');
      await expect
        .poll(
          () =>
            client.workflow
              .getHandle('kept')
              .describe()
              .then(
                ({ status }) => status.name,
                () => 'away',
              ),
          {
            timeout: 60_000,
            interval: 200,
          },
        )
        .toBe('RUNNING');
      expect(server.pid()).not.toBe(first);
      expect(said.join('\n')).toContain('starting it again');
      await connection.close();
    } finally {
      await server.stop();
    }
    expect(isAlive(server.pid() as number)).toBe(false);
  });

  it('does not outlive its parent, also when that is killed -9', async () => {
    const program = fileURLToPath(new URL('../fixtures/temporal-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [program, binary, join(folder, 'orphan.db')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const pid = Number(line.split(' ')[1]);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});
