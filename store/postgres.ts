import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Secret } from '../model/index.ts';
import { type Database, eventChannel, kyselyOver } from './database.ts';
import { isUnavailable, storeFault } from './faults.ts';
import { bigintOid, parseBigint, parseTimestamp, timestampOid } from './parsers.ts';

/** A server that neither accepts nor refuses within this is down; an activity's retry comes soon enough. */
const connectTimeoutMs = 5_000;
/** Our longest statement takes milliseconds; one this long waits for a lock of somebody who hangs. */
const statementTimeoutMs = 30_000;
/** Between attempts to listen again: a restart of PostgreSQL takes seconds. */
const listenAgainMs = 1_000;
const poolSize = 10;

/** PostgreSQL through `pg`. Every call fails with STORE_UNAVAILABLE while it is away, and works when it is back. */
export async function openPostgres(url: Secret): Promise<Database> {
  const config: ClientConfig = {
    connectionString: url.reveal(),
    application_name: 'rackwright',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    // The client's own limit, for a server that vanished without a word: a little after the server's.
    query_timeout: statementTimeoutMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  };
  const connections = new Pool({ ...config, max: poolSize });
  // A broken connection is said to whoever waits for its answer, and the pool drops it. The events come besides, of idle
  // connections from the pool and of busy ones from themselves, and would end the process if nobody listened.
  connections.on('error', () => undefined);
  connections.on('connect', (client) => client.on('error', () => undefined));

  const pool: PostgresPool = {
    options: {},
    async connect() {
      try {
        return clientOf(await connections.connect());
      } catch (error) {
        throw storeFault(error);
      }
    },
    end: () => connections.end(),
  };
  const db = kyselyOver(pool);

  const subscribers = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of subscribers) wake();
  };
  let listener: Promise<Listener> | undefined;
  return {
    db,
    async subscribe(wake) {
      listener ??= Listener.start(config, wakeAll);
      try {
        await listener;
      } catch (error) {
        listener = undefined;
        throw storeFault(error);
      }
      const own = () => wake();
      subscribers.add(own);
      return async () => void subscribers.delete(own);
    },
    async close() {
      await listener?.then((started) => started.stop()).catch(() => undefined);
      await db.destroy();
    },
  };
}

function clientOf(client: PoolClient): PostgresPoolClient {
  let broken = false;
  return {
    // kysely's second overload is for cursors, which we do not use.
    query: (async (sql: string, parameters: unknown[]) => {
      try {
        return await client.query(sql, parameters);
      } catch (error) {
        // A connection that timed out may still be busy with the old query: it must not serve anybody else.
        broken ||= isUnavailable(error);
        throw storeFault(error);
      }
    }) as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(broken || destroy === true),
  };
}

/** One connection that does nothing but LISTEN, made again whenever it breaks. */
class Listener {
  readonly #config: ClientConfig;
  readonly #wake: () => void;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  private constructor(config: ClientConfig, wake: () => void) {
    this.#config = config;
    this.#wake = wake;
  }

  static async start(config: ClientConfig, wake: () => void): Promise<Listener> {
    const listener = new Listener(config, wake);
    await listener.#connect();
    return listener;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new Client(this.#config);
    client.on('error', () => undefined);
    client.on('notification', this.#wake);
    try {
      await client.connect();
      await client.query(`listen ${eventChannel}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    client.once('end', () => this.#later());
  }

  #later(): void {
    this.#client = undefined;
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#connect().then(
        // Nobody told us what happened meanwhile.
        () => (this.#stopped ? void this.stop() : this.#wake()),
        () => this.#later(),
      );
    }, listenAgainMs);
  }
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === bigintOid) return parseBigint;
  if (oid === timestampOid) return parseTimestamp;
  return standardParser(oid, format);
}

/** `pg` types the object id as its own enumeration, but is given whatever the server says. */
const standardParser = types.getTypeParser as (oid: number, format?: string) => (text: string) => unknown;
