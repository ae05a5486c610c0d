import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createFleet } from '../../lab/sim/fleet.ts';
import { bmcAddress, relay, server } from '../../lab/sim/run/addresses.ts';
import { prepareService } from '../../lab/sim/run/run-fleet.ts';
import { startSimService } from '../../lab/sim/run/service.ts';
import { serveSimStream } from '../../lab/sim/run/stream.ts';
import { payloadCodec } from '../../worker/payload-codec.ts';
import { openHistory } from '../fixtures/open-history.ts';
import { startEarlyServer } from './early-server.ts';
import { secret, tellStory } from './story.ts';

export interface RecordOrder {
  /** The Temporal server, which is also the program that prints histories. */
  readonly binary: string;
  /** Where the histories go: `<type>/<case>.json`. */
  readonly target: string;
}

export interface Recorded {
  readonly cases: readonly { readonly type: string; readonly name: string; readonly bytes: number }[];
  /** What no history may hold. */
  readonly canaries: readonly string[];
  readonly unrecognised: readonly string[];
}

const TEMPORAL_PORT = 7233;

/** Has to run in a network namespace as `runInNamespace` makes it. */
export async function recordSimulated({ binary, target }: RecordOrder): Promise<Recorded> {
  const folder = await mkdtemp(join(tmpdir(), 'rw-record-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    await mkdir(join(folder, 'stream'));
    const stream = await serveSimStream(join(folder, 'stream'), server);
    stops.push(() => stream.close());
    const temporal = await startEarlyServer(binary, TEMPORAL_PORT);
    stops.push(() => temporal.stop());
    const flags = ['--rack-address', server, '--temporal-address', temporal.address, '--boot-deadline', '2'];
    const log = process.env.RW_RECORD_LOG ?? join(folder, 'service.log');
    const service = await startSimService(join(folder, 'data'), flags, log);
    stops.push(() => service.stop());
    await prepareService(service, stream);
    const fleet = await createFleet({ count: 2, seed: 11, server, relay, bmcAddress });
    stops.push(() => fleet.close());

    const told = { ...service, temporalAddress: temporal.address };
    const cases = await tellStory(told, fleet, stream.image, folder);
    const codec = payloadCodec(await readFile(join(service.dataDirectory, 'key')));
    const kept = [];
    for (const { type, name, workflowId, runId } of cases) {
      const which = ['-w', workflowId, ...(runId === undefined ? [] : ['-r', runId])];
      const show = ['workflow', 'show', ...which, '--address', temporal.address, '-o', 'json'];
      const { stdout } = await execa(binary, show, { maxBuffer: 64 * 1024 * 1024 });
      const history = await openHistory(stdout, codec);
      await mkdir(join(target, type), { recursive: true });
      await writeFile(join(target, type, `${name}.json`), history);
      kept.push({ type, name, bytes: history.length });
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
