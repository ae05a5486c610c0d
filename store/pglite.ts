import { Worker } from 'node:worker_threads';
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { CodedError } from '../model/index.ts';
import { type Database, eventChannel, kyselyOver } from './database.ts';
import { storeFault } from './faults.ts';
import type { FromPglite, PgliteSettings, ToPglite } from './pglite-messages.ts';

/** The embedded twin of PostgreSQL, in a worker thread. One connection: transactions queue for it. */
export async function openPglite(dataDirectory: string): Promise<Database> {
  const subscribers = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of subscribers) wake();
  };
  const start = () => PgliteThread.start({ dataDirectory, channel: eventChannel }, wakeAll);
  let thread = await start();

  const turns = new Turns();
  const pool: PostgresPool = {
    options: {},
    async connect() {
      const release = await turns.take();
      try {
        if (!thread.alive) {
          // Two threads in one directory would ruin it.
          await thread.exited;
          thread = await start();
        }
        return clientOf(thread, release);
      } catch (error) {
        release();
        throw storeFault(error);
      }
    },
    end: () => thread.close(),
  };
  const db = kyselyOver(pool);
  return {
    db,
    async subscribe(wake) {
      // A wrapper, so that one function subscribed twice is told twice and ends separately.
      const own = () => wake();
      subscribers.add(own);
      return async () => void subscribers.delete(own);
    },
    close: () => db.destroy(),
  };
}

function clientOf(thread: PgliteThread, giveTurnBack: () => void): PostgresPoolClient {
  return {
    // kysely's second overload is for cursors, which we do not use.
    query: ((sql: string, parameters: readonly unknown[]) =>
      thread.query(sql, parameters)) as PostgresPoolClient['query'],
    release(destroy) {
      // kysely could not roll back: whoever comes next must not find itself within this transaction.
      if (destroy) thread.kill();
      giveTurnBack();
    },
  };
}

interface Pending {
  readonly resolve: (result: PostgresQueryResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

class PgliteThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly exited: Promise<void>;
  readonly #wake: () => void;
  #nextId = 1;
  #alive = true;

  private constructor(worker: Worker, wake: () => void) {
    this.#worker = worker;
    this.#wake = wake;
    this.exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#alive = false;
        for (const { reject } of this.#pending.values()) reject(stopped());
        this.#pending.clear();
        resolve();
      });
    });
    worker.on('message', (message: FromPglite) => this.#hear(message));
  }

  static async start(settings: PgliteSettings, wake: () => void): Promise<PgliteThread> {
    const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: settings });
    const thread = new PgliteThread(worker, wake);
    let failure: unknown;
    worker.on('error', (error) => {
      failure = error;
    });
    const ready = new Promise<boolean>((resolve) => {
      worker.once('message', () => resolve(true));
      void thread.exited.then(() => resolve(false));
    });
    if (await ready) return thread;
    throw new CodedError(
      'STORE_UNAVAILABLE',
      'The embedded database does not start.',
      { directory: settings.dataDirectory },
      failure,
    );
  }

  get alive(): boolean {
    return this.#alive;
  }

  query(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<unknown>> {
    if (!this.#alive) return Promise.reject(stopped());
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post({ kind: 'query', id, sql, parameters });
    });
  }

  async close(): Promise<void> {
    this.#post({ kind: 'close' });
    await this.exited;
  }

  /** Its log is on the disk: the next thread starts from there, as after a crash. */
  kill(): void {
    this.#alive = false;
    void this.#worker.terminate();
  }

  #post(message: ToPglite): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(message);
  }

  #hear(message: FromPglite): void {
    switch (message.kind) {
      case 'ready':
        return;
      case 'notified':
        this.#wake();
        return;
      case 'result': {
        const { command, rowCount, rows } = message;
        this.#settle(message.id)?.resolve({
          command: command as PostgresQueryResult<unknown>['command'],
          rowCount,
          rows: rows as unknown[],
        });
        return;
      }
      case 'refused': {
        const { code, constraint } = message;
        const error = Object.assign(new Error(message.message), { code, constraint });
        this.#settle(message.id)?.reject(storeFault(error));
      }
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

function stopped(): CodedError {
  return new CodedError('STORE_UNAVAILABLE', 'The embedded database stopped while it was asked something.');
}

/** Whoever takes a turn goes on alone until it gives the turn back; the others wait in order. */
class Turns {
  #last: Promise<void> = Promise.resolve();

  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
