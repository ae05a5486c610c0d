import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createFleet } from '../../lab/sim/fleet.ts';
import { bmcAddress, relay, server } from '../../lab/sim/run/addresses.ts';
import { prepareService } from '../../lab/sim/run/run-fleet.ts';
import { startSimService } from '../../lab/sim/run/service.ts';
import { serveSimStream } from '../../lab/sim/run/stream.ts';
import type { Operation } from '../../model/index.ts';
import { payloadCodec } from '../../worker/payload-codec.ts';
import { openHistory } from '../fixtures/open-history.ts';
import { startEarlyServer } from './early-server.ts';
import { tellRestarts } from './restarts.ts';
import { secret, tellStory } from './story.ts';

export interface RecordOrder {
  /** The Temporal server, which is also the program that prints histories. */
  readonly binary: string;
  /** Where the histories go: `<type>/<case>.json`. */
  readonly target: string;
  readonly story: keyof typeof stories;
}

/** What is told, on how many machines, and how long one may be silent. */
const stories = {
  operations: { count: 2, minutes: 2, tell: tellStory },
  restarts: { count: 3, minutes: 0.5, tell: tellRestarts },
} as const;

export interface Recorded {
  readonly cases: readonly {
    readonly type: string;
    readonly name: string;
    readonly bytes: number;
    readonly operation?: Operation;
  }[];
  /** What no history may hold. */
  readonly canaries: readonly string[];
  readonly unrecognised: readonly string[];
}

const TEMPORAL_PORT = 7233;

/** Has to run in a network namespace as `runInNamespace` makes it. */
export async function recordSimulated({ binary, target, story }: RecordOrder): Promise<Recorded> {
  const folder = await mkdtemp(join(tmpdir(), 'rw-record-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    await mkdir(join(folder, 'stream'));
    const stream = await serveSimStream(join(folder, 'stream'), server);
    stops.push(() => stream.close());
    const temporal = await startEarlyServer(binary, TEMPORAL_PORT);
    stops.push(() => temporal.stop());
    const { count, minutes, tell } = stories[story];
    const flags = [
      ...['--rack-address', server, '--temporal-address', temporal.address],
      ...['--boot-deadline', String(minutes)],
    ];
    const log = process.env.RW_RECORD_LOG ?? join(folder, 'service.log');
    const service = await startSimService(join(folder, 'data'), flags, log);
    stops.push(() => service.stop());
    await prepareService(service, stream);
    const fleet = await createFleet({ count, seed: 11, server, relay, bmcAddress });
    stops.push(() => fleet.close());

    const told = { ...service, temporalAddress: temporal.address };
    const cases = await tell(told, fleet, stream.image, folder);
    const codec = payloadCodec(await readFile(join(service.dataDirectory, 'key')));
    const kept = [];
    for (const { type, name, workflowId, runId, operation } of cases) {
      const which = ['-w', workflowId, ...(runId === undefined ? [] : ['-r', runId])];
      const show = ['workflow', 'show', ...which, '--address', temporal.address, '-o', 'json'];
      const { stdout } = await execa(binary, show, { maxBuffer: 64 * 1024 * 1024 });
      const history = await openHistory(stdout, codec);
      await mkdir(join(target, type), { recursive: true });
      await writeFile(join(target, type, `${name}.json`), history);
      kept.push({ type, name, bytes: history.length, ...(operation && { operation }) });
    }
    const passwords = fleet.machines.flatMap(({ bmc }) => (bmc ? [bmc.password] : []));
    const token = (await readFile(join(service.dataDirectory, 'token'), 'utf8')).trim();
    return {
      cases: kept,
      canaries: [...passwords, token, secret, folder],
      unrecognised: fleet.journal
        .all()
        .flatMap(({ kind, detail }) => (kind === 'unrecognised' ? [detail ?? ''] : [])),
    };
  } finally {
    // What does not end by itself ends with the namespace.
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  }
}
