import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Connection } from '@temporalio/client';
import { CodedError } from '../model/index.ts';

export interface TemporalServerOptions {
  readonly binary: string;
  readonly databaseFile: string;
  /** Default: a free one. It stays the same when the server is started again. */
  readonly port?: number;
  readonly report: (line: string) => void;
}

export interface TemporalServer {
  readonly address: string;
  /** Of the server that runs now; another one after a restart. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const RESTART_MS = 1_000;

/**
 * The real Temporal server on one file, as our child. It never outlives us: the kernel kills it with our death
 * (PR_SET_PDEATHSIG by `setpriv`), also after kill -9. When it dies, it is started again on the same file and port,
 * and the workers' polls find it by themselves.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  let stopping = false;
  let child: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;

  const start = (): void => {
    child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', options.binary, ...serverArguments(options, port)],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const errors: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => {
      errors.push(chunk);
      if (errors.length > 20) errors.shift();
    });
    child.once('error', (error) => options.report(`Temporal server: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (stopping) return;
      const said = Buffer.concat(errors).toString('utf8').trim().split('\n').at(-1) ?? '';
      options.report(`Temporal server ended (${signal ?? code}); starting it again. ${said}`.trim());
      restart = setTimeout(start, RESTART_MS);
    });
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(restart);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const hard = setTimeout(() => child?.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(hard);
  };

  start();
  try {
    await ready(address);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, pid: () => child?.pid, stop };
}

function serverArguments({ databaseFile }: TemporalServerOptions, port: number): readonly string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless'],
    ...['--db-filename', databaseFile, '--log-level', 'error'],
    // Twice the throughput of the default journal; NORMAL is durable against a killed process.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
  ];
}

async function ready(address: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw new CodedError(
          'TEMPORAL_UNAVAILABLE',
          `The Temporal server at ${address} does not come up.`,
          {},
          error,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}
