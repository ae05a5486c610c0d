import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { createHosts } from '../../activities/hosts.ts';
import { createApi, listen } from '../../api/index.ts';
import { BootDirectory } from '../../boot/index.ts';
import { openFileStore } from '../../image/index.ts';
import { scriptCatalogue } from '../../inventory/index.ts';
import { layerCatalogue } from '../../layers/index.ts';
import type { ErasePolicy, Secret } from '../../model/index.ts';
import type { Cidr, Ipv4 } from '../../net/index.ts';
import { createBmcQueue, createPower } from '../../power/index.ts';
import { openStore } from '../../store/index.ts';
import { temporalLogger } from '../../worker/temporal-logger.ts';
import { sealed, type TemporalAccess, type TlsFiles, transport } from '../../worker/temporal-access.ts';
import { machineWorkflows } from '../../worker/machine-workflows.ts';
import { ensureSchedules } from '../../worker/schedules.ts';
import { bundleWorkflows, type Queue, startWorkers } from '../../worker/workers.ts';
import { arrivals } from './arrivals.ts';
import { connectTemporal, embeddedTemporal } from './connect-temporal.ts';
import { health } from './health.ts';
import { keepAlive } from './keep-alive.ts';
import { mirrorImages } from './mirror-images.ts';
import { givenKeys, ownKeys } from './own-keys.ts';
import { startRack } from './rack.ts';
import { watchPower } from './watch-power.ts';

export type Role = 'api' | 'rack' | 'worker';

export interface UpOptions {
  readonly dataDirectory: string;
  /** Keys that other processes have too. Without it they are made in the data directory. */
  readonly keysDirectory?: string;
  readonly roles: readonly Role[];
  readonly site: string;
  /** Our address in the rack's network. Without it no boot services are started. */
  readonly rackAddress?: Ipv4;
  readonly apiPort?: number;
  /** Where the API listens on TCP. Default: 127.0.0.1. */
  readonly apiAddress?: string;
  /** The API whose image files this rack serves. Without it they are expected in the data directory. */
  readonly imagesFrom?: string;
  /** From a power order to DHCP, and again from there to hello. Some firmware needs ten minutes to begin. */
  readonly bootDeadlineMs: number;
  /** A Temporal server that is there already. Without it an embedded one is started. */
  readonly temporalAddress?: string;
  readonly temporalNamespace?: string;
  readonly temporalTls?: TlsFiles;
  /** That server may be spoken to in clear, although it is not on this computer. */
  readonly temporalPlain?: boolean;
  /** PostgreSQL. Without it an embedded database is used. */
  readonly databaseUrl?: Secret;
  /** Networks that webhooks and fetches of images may call, beside the public Internet. */
  readonly outboundNetworks?: readonly Cidr[];
  /** Default: on. */
  readonly bmcAdoption?: 'on' | 'off';
  /** Default: close. */
  readonly bmcHostInterface?: 'close' | 'leave';
  /** Default: evidence for what was asked. */
  readonly erasePolicy?: ErasePolicy;
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
    const secure =
      options.temporalAddress === undefined
        ? {}
        : await transport(options.temporalAddress, options.temporalTls ?? {}, options.temporalPlain ?? false);
    const keys = await (options.keysDirectory === undefined
      ? ownKeys(dataDirectory)
      : givenKeys(options.keysDirectory));
    const keyFile = join(options.keysDirectory ?? dataDirectory, 'key');
    const store = await openStore({
      keyFile,
      ...(options.databaseUrl
        ? { kind: 'postgres' as const, url: options.databaseUrl }
        : { kind: 'pglite' as const, directory: join(dataDirectory, 'store') }),
    });
    stops.push(() => store.close());
    const embedded =
      options.temporalAddress === undefined ? await embeddedTemporal(dataDirectory, report) : undefined;
    if (embedded) stops.push(() => embedded.stop());
    const temporalAddress = options.temporalAddress ?? embedded?.address ?? '';
    const temporal: TemporalAccess = {
      address: temporalAddress,
      namespace: options.temporalNamespace ?? 'default',
      dataConverter: sealed(await readFile(keyFile)),
      ...secure,
    };
    const connection = await connectTemporal(temporal);
    stops.push(() => connection.close());
    const { namespace, dataConverter } = temporal;
    const client = new Client({ connection, namespace, dataConverter });
    const outbound = { allowedNetworks: options.outboundNetworks ?? [] };
    const files = await openFileStore(join(dataDirectory, 'images'), outbound);

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
      if (options.imagesFrom !== undefined) {
        const mirroring = mirrorImages({
          store,
          directory: join(dataDirectory, 'images'),
          origin: options.imagesFrom,
          token: keys.token,
          signal: following.signal,
          log: options.log,
        });
        stops.push(async () => {
          following.abort();
          await mirroring;
        });
      }
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

    // After the boot services: a machine that this work powers on is answered.
    let failed: Promise<never> = new Promise(() => undefined);
    const queues = queuesOf(roles);
    if (queues.length > 0) {
      const hosts = createHosts(keys.ssh);
      stops.push(async () => hosts.close());
      const power = createPower({
        queue: createBmcQueue(),
        secrets: store.secrets,
        outbound,
      });
      stops.push(() => power.close());
      const dependencies: ActivityDependencies = {
        store,
        hosts,
        bootDeadlines: { dhcpDeadlineMs: options.bootDeadlineMs, helloDeadlineMs: options.bootDeadlineMs },
        ssh: keys.ssh,
        power,
        artefactUrl: (server, sha256) => `http://${server}:${BOOT_HTTP_PORT}/artefacts/${sha256}`,
        imageFiles: files,
        workflows: machineWorkflows(client),
        ...(options.bmcAdoption && { bmcAdoption: options.bmcAdoption }),
        ...(options.bmcHostInterface && { bmcHostInterface: options.bmcHostInterface }),
        ...(options.erasePolicy && { erasePolicy: options.erasePolicy }),
      };
      const workers = await startWorkers({
        temporal,
        dependencies,
        site,
        queues,
        identity: `${roles.join('+')}@${hostname()}/${process.pid}`,
        ...(queues.includes('control') && { bundle: await bundleWorkflows() }),
      });
      stops.push(() => workers.stop());
      ({ failed } = workers);
      if (queues.includes('control')) await ensureSchedules(client);
      if (queues.includes('site')) stops.push(watchPower({ store, power, site, log: options.log }));
      for (const queue of queues)
        report(queue === 'control' ? 'Takes work that every worker can do' : `Takes work at site ${site}`);
    }

    const socketPath = join(dataDirectory, 'api.sock');
    if (roles.includes('api')) {
      const rackAddress = roles.includes('rack') ? options.rackAddress : undefined;
      const app = createApi({
        store,
        temporal: () => client,
        token: keys.token,
        catalogue: { layers: layerCatalogue() },
        scripts: await scriptCatalogue(),
        health: () => health({ store, client, temporalAddress, dataDirectory, rackAddress, site, roles }),
        site,
        sshKey: keys.ssh.publicLine,
        imagePath: (sha256) => files.path(sha256),
        receiveImage: (upload) => files.receive(upload),
        log: (entry) => options.log({ kind: 'api', ...entry }),
      });
      const listening = await listen({
        app,
        socketPath,
        ...(options.apiPort !== undefined && { port: options.apiPort }),
        ...(options.apiAddress !== undefined && { host: options.apiAddress }),
      });
      stops.push(() => listening.close());
      report(
        `The API listens at ${socketPath}${listening.port ? ` and ${options.apiAddress ?? '127.0.0.1'}:${listening.port}` : ''}`,
      );
    }

    stops.push(await keepAlive(dataDirectory));
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

/** Only the rack is near the machines, so it alone touches them: power, SSH, boot. */
function queuesOf(roles: readonly Role[]): readonly Queue[] {
  return [
    ...(roles.includes('worker') ? (['control'] as const) : []),
    ...(roles.includes('rack') ? (['site'] as const) : []),
  ];
}
