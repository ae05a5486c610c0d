import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import { RACKWRIGHT } from '../../service.ts';
import { createFleet, type Fleet } from '../fleet.ts';
import { doubleEffects } from '../journal.ts';
import { bmcAddress, dynamic, fixed, network, relay, server } from './addresses.ts';
import { childrenNamed, memoryOf } from './memory.ts';
import { type FleetReport, type MachineEnd, spread, wrongWith } from './report.ts';
import { type SimService, startSimService } from './service.ts';
import { chooseStories } from './stories.ts';
import { configure, enlist, type Known, machinesOf, operate, operationsOf, type Progress } from './story.ts';
import { serveSimStream } from './stream.ts';

export interface FleetOrder {
  readonly count: number;
  readonly faultyPercent: number;
  readonly seed: number;
  readonly withLong: boolean;
  /** Only fault cases with this in their name. */
  readonly only?: string;
  /** `redfish` wants a service that knows it. */
  readonly driver: 'redfish' | 'manual';
  readonly bootDeadlineMinutes: number;
  /** Of each of the three parts: discovery, commissioning, deployment. */
  readonly deadlineMinutes: number;
  /** Default: one of its own, removed at the end. */
  readonly directory?: string;
}

/**
 * A whole fleet through discovery, commissioning and deployment by the real service. Has to run in a namespace as
 * `runInNamespace` makes it.
 */
export async function runFleet(order: FleetOrder, progress: Progress): Promise<FleetReport> {
  const folder = order.directory ?? (await mkdtemp(join(tmpdir(), 'rw-fleet-')));
  const stops: (() => Promise<unknown>)[] = [];
  const started = performance.now();
  try {
    if (order.directory === undefined) stops.push(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'stream'), { recursive: true });
    const stream = await serveSimStream(join(folder, 'stream'), server);
    stops.push(() => stream.close());
    const service = await startSimService(
      join(folder, 'data'),
      [...['--rack-address', server], ...['--boot-deadline', String(order.bootDeadlineMinutes)]],
      join(folder, 'service.log'),
    );
    stops.push(() => service.stop());
    await prepareService(service, stream);
    progress(`the service runs (${seconds(started)} s)`);

    const before = process.memoryUsage.rss();
    const stories = chooseStories({ ...order, hasPower: order.driver === 'redfish' });
    const fleet = await createFleet({
      count: order.count,
      seed: order.seed,
      server,
      relay,
      ...(order.driver === 'redfish' && { bmcAddress }),
      faultsOf: (index) => stories[index]?.faults ?? [],
    });
    stops.push(() => fleet.close());

    const told = performance.now();
    const limit = order.deadlineMinutes * 60_000;
    const known = await enlist(service, fleet, stories, limit, progress);
    await configure(service, known);
    await gone(known);
    await operate(service, known, 'commission', undefined, limit, progress);
    const ready = new Set(
      (await machinesOf(service)).filter(({ state }) => state === 'Ready').map(({ id }) => id),
    );
    const body = { image: stream.image };
    await operate(
      service,
      known.filter(({ id }) => ready.has(id)),
      'deploy',
      body,
      limit,
      progress,
    );
    return await report(order, service, fleet, known, before, seconds(told));
  } finally {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  }
}

/** The subnet, and the image that machines boot and get. */
export async function prepareService(
  service: Pick<SimService, 'dataDirectory'>,
  stream: { readonly url: string; readonly keyring: string; readonly image: string },
): Promise<void> {
  const run = (...args: readonly string[]) =>
    execa(RACKWRIGHT, args, { env: { RW_DATA_DIR: service.dataDirectory }, stdin: 'ignore' });
  const range = ({ first, last }: typeof dynamic | typeof fixed): string => `${first}-${last}`;
  await run(
    ...['subnet', 'add', 'sim', '--cidr', network, '--server-address', server],
    ...['--dynamic', range(dynamic), '--static', range(fixed), '--image', stream.image],
  );
  await run('image', 'sync', stream.url, '--keyring', stream.keyring);
}

/** Those whose story begins with a loss of power have lost it. */
async function gone(known: readonly Known[]): Promise<void> {
  const leaving = known.filter(({ story }) =>
    story.faults.some(({ kind }) => kind === 'power-loss-after-hello'),
  );
  while (leaving.some(({ place }) => place.machine.isOn)) await delay(50);
}

async function report(
  order: FleetOrder,
  service: SimService,
  fleet: Fleet,
  known: readonly Known[],
  before: number,
  whole: number,
): Promise<FleetReport> {
  const connection = await Connection.connect({ address: service.temporalAddress });
  const client = new Client({ connection });
  const views = new Map((await machinesOf(service)).map((view) => [view.id, view]));
  const took: Record<'commission' | 'deploy', number[]> = { commission: [], deploy: [] };
  const hellos: number[] = [];
  const machines: MachineEnd[] = [];
  for (const { id, story, place, poweredOnAt } of known) {
    const view = views.get(id);
    const operations = await operationsOf(service, id);
    for (const { kind, startedAt, endedAt, state } of operations) {
      if ((kind === 'commission' || kind === 'deploy') && endedAt && state === 'succeeded')
        took[kind].push((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
    }
    hellos.push((Date.parse(view?.createdAt ?? '') - poweredOnAt) / 1000);
    const { status } = await client.workflow.getHandle(`machine/${id}`).describe();
    const { code, message } = view?.failure ?? {};
    const step = operations[0]?.steps.at(-1);
    const end = {
      name: place.machine.name,
      story: story.name,
      expected: story.expected,
      state: view?.state ?? 'unknown',
      ...(code && { code }),
      ...(message && { message }),
      workflow: status.name,
      running: operations.filter(({ state }) => state === 'running').length,
      firmwareStarts: place.machine.starts,
      ...(step && { lastStep: `${step.name} ${step.state} ${step.waitingFor ?? ''}`.trim() }),
    };
    machines.push({ ...end, wrong: wrongWith(end) });
  }
  for (const { machine } of fleet.machines) {
    if (known.some(({ place }) => place.machine === machine)) continue;
    const wrong = [`never said hello; it is ${machine.running} at ${machine.stuckAt ?? 'no rung'}`];
    const rest = { code: '', workflow: 'none', running: 0, firmwareStarts: machine.starts, wrong };
    machines.push({
      name: machine.name,
      story: 'unknown',
      expected: { state: 'Deployed' },
      state: 'unknown',
      ...rest,
    });
  }
  await connection.close();
  const effects = fleet.journal.all();
  const [own, rss] = [await memoryOf(service.pid), process.memoryUsage.rss()];
  const temporal = await Promise.all(
    (await childrenNamed(service.pid, 'temporal')).map(async (pid) => (await memoryOf(pid)).now),
  );
  return {
    count: order.count,
    seed: order.seed,
    driver: order.driver,
    machines: machines.toSorted((a, b) => a.name.localeCompare(b.name)),
    seconds: {
      powerOnToHello: spread(hellos),
      commission: spread(took.commission),
      deploy: spread(took.deploy),
      whole,
    },
    memory: {
      service: own.now,
      servicePeak: own.peak,
      temporal: temporal.reduce((sum, each) => sum + each, 0),
      fleet: Math.round(rss / 1024 ** 2),
      fleetEach: Math.round((rss - before) / 1024 / order.count),
    },
    doubleEffects: doubleEffects(effects),
    unrecognised: effects.filter(({ kind }) => kind === 'unrecognised').map(({ detail }) => detail ?? ''),
  };
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
