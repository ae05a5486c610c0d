import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { parseBigint, parseTimestamp, timestampOid, bigintOid } from './parsers.ts';
import type { FromPglite, PgliteSettings, ToPglite } from './pglite-messages.ts';

/** The embedded database in a thread of its own: it is WebAssembly, and a heavy query would hold up a DHCP answer. */
const settings = workerData as PgliteSettings;
const port = parentPort;
if (!port) throw new Error('pglite-worker.ts runs as a worker thread only');
const tell = (message: FromPglite) => port.postMessage(message);

const database = await PGlite.create({
  dataDir: settings.dataDirectory,
  parsers: { [bigintOid]: parseBigint, [timestampOid]: parseTimestamp },
});
await database.listen(settings.channel, () => tell({ kind: 'notified' }));

port.on('message', (message: ToPglite) => {
  switch (message.kind) {
    case 'query':
      void answer(message);
      return;
    case 'close':
      // Ends this thread only.
      void database.close().finally(() => process.exit(0));
  }
});
tell({ kind: 'ready' });

async function answer({ id, sql, parameters }: Extract<ToPglite, { kind: 'query' }>): Promise<void> {
  try {
    const { rows, command, rowCount } = await database.query(sql, [...parameters]);
    tell({ kind: 'result', id, command: command ?? '', rowCount: rowCount ?? 0, rows });
  } catch (error) {
    // WebAssembly gave up, and its memory cannot be trusted any more: the next call gets a new thread.
    if (fatal.has((error as Error).name)) process.exit(1);
    // PGlite's error also carries the parameters; they stay here.
    const { code = '', message, constraint = '' } = error as Refusal;
    tell({ kind: 'refused', id, code, message, constraint });
  }
}

/** A trap of WebAssembly, an end of the database (Emscripten), a stack that overflowed. */
const fatal = new Set(['RuntimeError', 'ExitStatus', 'RangeError']);

interface Refusal {
  readonly code?: string;
  readonly message: string;
  readonly constraint?: string;
}
