import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { createHosts } from '../../activities/hosts.ts';
import { createApi, listen } from '../../api/index.ts';
import { BootDirectory } from '../../boot/index.ts';
import { openFileStore } from '../../image/index.ts';
import { layerCatalogue } from '../../layers/index.ts';
import { CodedError, type Secret } from '../../model/index.ts';
import type { Ipv4 } from '../../net/index.ts';
import { createBmcQueue, createPower } from '../../power/index.ts';
import { openStore } from '../../store/index.ts';
import { temporalLogger } from '../../worker/temporal-logger.ts';
import { arrivals } from './arrivals.ts';
import { health } from './health.ts';
import { ownKeys } from './own-keys.ts';
import { startRack } from './rack.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { startTemporalServer } from '../../worker/temporal-server.ts';
import { bundleWorkflows, startWorkers } from '../../worker/workers.ts';

export type Role = 'api' | 'rack' | 'worker';

export interface UpOptions {
  readonly dataDirectory: string;
  readonly roles: readonly Role[];
  readonly site: string;
  /** Our address in the rack's network. Without it no boot services are started. */
  readonly rackAddress?: Ipv4;
  readonly apiPort?: number;
  /** From a power order to DHCP, and again from there to hello. Some firmware needs ten minutes to begin. */
  readonly bootDeadlineMs: number;
  /** A Temporal server that is there already. Without it an embedded one is started. */
  readonly temporalAddress?: string;
  /** PostgreSQL. Without it an embedded database is used. */
  readonly databaseUrl?: Secret;
  /** One line a thing worth telling a person. */
  readonly report: (line: string) => void;
  /** Everything, as fields. */
  readonly log: (event: Readonly<Record<string, unknown>>) => void;
}

export interface Running {
  readonly socketPath: string;
  readonly temporalAddress: string;
  /** Resolves when `stop` has ended everything; rejects when a part died that cannot be started again. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const BOOT_HTTP_PORT = 8080;

/**
 * Starts the roles in one process, in the order in which they need each other, and stops them in the reverse order.
 * When one does not start, what was started before it is stopped again.
 */
export async function up(options: UpOptions): Promise<Running> {
  const { dataDirectory, roles, site, report } = options;
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  };
  Runtime.install({ logger: temporalLogger(options.log) });
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    const keys = await ownKeys(dataDirectory);
    const store = await openStore({
      keyFile: join(dataDirectory, 'key'),
      ...(options.databaseUrl
        ? { kind: 'postgres' as const, url: options.databaseUrl }
        : { kind: 'pglite' as const, directory: join(dataDirectory, 'store') }),
    });
    stops.push(() => store.close());
    const temporalAddress = options.temporalAddress ?? (await embeddedTemporal(options, stops));
    const connection = await Connection.connect({ address: temporalAddress }).catch((error: unknown) => {
      throw new CodedError(
        'TEMPORAL_UNAVAILABLE',
        `No Temporal server answers at ${temporalAddress}.`,
        {},
        error,
      );
    });
    stops.push(() => connection.close());
    const client = new Client({ connection });
    const files = await openFileStore(join(dataDirectory, 'images'));

    let failed: Promise<never> = new Promise(() => undefined);
    if (roles.includes('worker')) {
      const hosts = createHosts(keys.ssh);
      stops.push(async () => hosts.close());
      const dependencies: ActivityDependencies = {
        store,
        hosts,
        bootDeadlines: { dhcpDeadlineMs: options.bootDeadlineMs, helloDeadlineMs: options.bootDeadlineMs },
        ssh: keys.ssh,
        power: createPower({ queue: createBmcQueue(), secrets: store.secrets }),
        artefactUrl: (server, sha256) => `http://${server}:${BOOT_HTTP_PORT}/artefacts/${sha256}`,
        imageFiles: files,
      };
      const bundle = await bundleWorkflows();
      const workers = await startWorkers({ temporalAddress, bundle, dependencies, site });
      stops.push(() => workers.stop());
      ({ failed } = workers);
    }

    if (roles.includes('rack') && options.rackAddress) {
      const directory = new BootDirectory(store, (boot, sign) => {
        const about = {
          ...(boot.machineId && { machineId: boot.machineId }),
          data: { bootId: boot.id, sign },
        };
        const message = `${boot.mac}: ${sign}`;
        store.events
          .append({ at: new Date().toISOString(), kind: 'boot.sign', message, ...about })
          .catch(() => undefined);
      });
      const following = new AbortController();
      await directory.follow(following.signal);
      stops.push(async () => following.abort());
      const rack = await startRack({
        address: options.rackAddress,
        httpPort: BOOT_HTTP_PORT,
        directory,
        store,
        journalPath: join(dataDirectory, 'leases.journal'),
        contentDirectory: join(dataDirectory, 'images'),
        sshKey: keys.ssh.publicLine,
        onHello: arrivals({ store, directory, client: () => client, site }),
        log: options.log,
      });
      stops.push(() => rack.stop());
      report(`Boot services (DHCP, TFTP, HTTP) listen at ${options.rackAddress}`);
    }

    const socketPath = join(dataDirectory, 'api.sock');
    if (roles.includes('api')) {
      const rackAddress = roles.includes('rack') ? options.rackAddress : undefined;
      const app = createApi({
        store,
        temporal: () => client,
        token: keys.token,
        catalogue: { layers: layerCatalogue() },
        health: () => health({ store, temporalAddress, dataDirectory, rackAddress }),
        site,
        log: (entry) => options.log({ kind: 'api', ...entry }),
      });
      const listening = await listen({
        app,
        socketPath,
        ...(options.apiPort !== undefined && { port: options.apiPort }),
      });
      stops.push(() => listening.close());
      report(`The API listens at ${socketPath}${listening.port ? ` and 127.0.0.1:${listening.port}` : ''}`);
    }

    const stopped = Promise.withResolvers<void>();
    const stop = async (): Promise<void> => {
      await stopAll();
      stopped.resolve();
    };
    return { socketPath, temporalAddress, stop, ended: Promise.race([stopped.promise, failed]) };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function embeddedTemporal(options: UpOptions, stops: (() => Promise<void>)[]): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
  const binary = await temporalBinary(cache, options.report);
  const server = await startTemporalServer({
    binary,
    databaseFile: join(options.dataDirectory, 'temporal.db'),
    report: options.report,
  });
  stops.push(() => server.stop());
  options.report(`Temporal runs at ${server.address}`);
  return server.address;
}
