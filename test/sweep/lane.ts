import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createFleet, type Fleet } from '../../lab/sim/fleet.ts';
import { doubleEffects } from '../../lab/sim/journal.ts';
import { bmcAddress, relay, server } from '../../lab/sim/run/addresses.ts';
import { prepareService } from '../../lab/sim/run/run-fleet.ts';
import { type SimService, startSimService } from '../../lab/sim/run/service.ts';
import { healthy } from '../../lab/sim/run/stories.ts';
import { configure, enlist } from '../../lab/sim/run/story.ts';
import { serveSimStream } from '../../lab/sim/run/stream.ts';
import type { MachineRecord, Operation } from '../../model/index.ts';
import { casesOf, operations, sample, type Scheduled, type SweptOperation } from './cases.ts';
import { arm, armed, type CrashPoint } from './crash-point.ts';
import type { CaseEnd, SweepReport } from './report.ts';
import { keepWorker } from './worker-process.ts';

export interface LaneOrder {
  readonly databaseUrl: string;
  readonly seed: number;
  /** Of all cases, this lane takes those whose number leaves this remainder. */
  readonly lane: number;
  readonly lanes: number;
  /** Undefined: all of them. */
  readonly cases?: number;
  /** Operations to sweep. Default: all. */
  readonly only?: readonly string[];
}

type Say = (line: string) => void;

/** How long one operation may take with a killed worker in it: heartbeats are missed for 45 s at most. */
const OPERATION_MS = 6 * 60_000;
const LOOK_MS = 200;
const STOP_MS = 15_000;

/**
 * One machine, one service, one database. Runs the operations round and round, and kills the worker at one point of
 * each round. Has to run in a network namespace of its own.
 */
export async function runLane(order: LaneOrder, say: Say): Promise<SweepReport> {
  const folder = await mkdtemp(join(tmpdir(), 'rw-sweep-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const started = performance.now();
  try {
    await mkdir(join(folder, 'stream'));
    const urlFile = join(folder, 'database-url');
    await writeFile(urlFile, order.databaseUrl, { mode: 0o600 });
    const stream = await serveSimStream(join(folder, 'stream'), server);
    stops.push(() => stream.close());
    const data = join(folder, 'data');
    const common = ['--database-url-file', urlFile];
    const service = await startSimService(data, ['--roles', 'api', ...common], join(folder, 'api.log'));
    stops.push(() => service.stop());
    const crashPoint = join(folder, 'crash-point');
    const worker = keepWorker(
      [
        ...['--data-dir', data, '--roles', 'worker,rack', '--rack-address', server, '--boot-deadline', '2'],
        ...['--temporal-address', service.temporalAddress, ...common],
      ],
      crashPoint,
      process.env.RW_SWEEP_LOG ? `${process.env.RW_SWEEP_LOG}-${order.lane}.log` : join(folder, 'worker.log'),
    );
    stops.push(() => worker.stop());
    await prepareService(service, stream);
    const fleet = await createFleet({ count: 1, seed: order.seed + order.lane, server, relay, bmcAddress });
    stops.push(() => fleet.close());
    const known = await enlist(service, fleet, [healthy], 120_000, () => undefined);
    await configure(service, known);
    const id = known[0]?.id;
    if (id === undefined) throw new Error('the machine did not say hello');
    const connection = await Connection.connect({ address: service.temporalAddress });
    stops.push(() => connection.close());
    const round = createRound(service, new Client({ connection }), fleet, id, stream.image);

    // The first round is another one: the machine is in memory already when it is commissioned.
    let all: CrashPoint[] = [];
    for (const _time of ['first', 'usual']) {
      all = [];
      for (const operation of operations) {
        const { wrong, operationId } = await round.run(operation);
        if (wrong.length > 0) throw new Error(`${operation.kind} without a crash: ${wrong.join('; ')}`);
        all.push(...casesOf(operation.kind, await round.scheduled(operationId)));
      }
    }
    const wanted = all.filter(({ kind }) => !order.only || order.only.includes(kind));
    const own = sample(wanted, order.cases ?? wanted.length, order.seed).filter(
      (_case, index) => index % order.lanes === order.lane,
    );
    say(`lane ${order.lane}: ${own.length} of ${wanted.length} cases`);

    const cases: CaseEnd[] = [];
    const left = [...own];
    while (left.length > 0) {
      for (const operation of operations) {
        const index = left.findIndex(({ kind }) => kind === operation.kind);
        const point = index < 0 ? undefined : left.splice(index, 1)[0];
        const began = performance.now();
        const deaths = worker.deaths();
        if (point) arm(crashPoint, point);
        const { wrong, state } = await round.run(operation);
        if (!point) {
          if (wrong.length > 0) throw new Error(`${operation.kind} between two crashes: ${wrong.join('; ')}`);
          continue;
        }
        const missed = worker.deaths() === deaths || armed(crashPoint) !== undefined;
        const seconds = (performance.now() - began) / 1000;
        const end = {
          ...point,
          state,
          seconds,
          wrong: missed ? [...wrong, 'the crash did not happen'] : wrong,
        };
        cases.push(end);
        say(
          `lane ${order.lane}: ${cases.length}/${own.length} ${point.kind}: ${point.moment} ${point.activity} (${point.activityId}) ${end.wrong.join('; ') || 'well'} ${seconds.toFixed(0)} s`,
        );
      }
    }
    return {
      cases,
      doubleEffects: doubleEffects(fleet.journal.all()),
      unrecognised: fleet.journal
        .all()
        .flatMap(({ kind, detail }) => (kind === 'unrecognised' ? [detail ?? ''] : [])),
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    // What does not end by itself ends with the namespace.
    for (let stop = stops.pop(); stop; stop = stops.pop()) await Promise.race([stop(), delay(STOP_MS)]);
  }
}

/** One operation from its asking to its end, and what is wrong with that end. */
function createRound(service: SimService, client: Client, fleet: Fleet, id: string, image: string) {
  const bodies: Readonly<Record<SweptOperation['verb'], object | undefined>> = {
    commission: undefined,
    deploy: { image },
    rescue: { sshKeys: [] },
    'exit-rescue': undefined,
    release: { erase: 'quick' },
  };
  const machine = () => service.api<MachineRecord>('GET', `/v1/machines/${id}`);
  return {
    async run({ verb, to }: SweptOperation) {
      const deadline = Date.now() + OPERATION_MS;
      const before = (await machine()).operationId;
      await service.api('POST', `/v1/machines/${id}/${verb}`, bodies[verb]).catch((error: unknown) => {
        // The worker died before it could say yes: it is carried out all the same when it is back.
        if (!String(error).includes(': 503')) throw error;
      });
      let operationId = before;
      while (operationId === before && Date.now() < deadline) {
        await delay(LOOK_MS);
        ({ operationId } = await machine());
      }
      if (operationId === undefined) throw new Error(`${verb} was never taken`);
      let operation: Operation;
      do {
        await delay(LOOK_MS);
        operation = await service.api<Operation>('GET', `/v1/operations/${operationId}`);
      } while (operation.state === 'running' && Date.now() < deadline);
      // The machine's own picture follows the end of its operation.
      let view = await machine();
      while (view.state !== to && !view.failure && Date.now() < deadline) {
        await delay(LOOK_MS);
        view = await machine();
      }
      const wrong: string[] = [];
      if (operation.state === 'running') wrong.push(`stuck in ${operation.steps.at(-1)?.name}`);
      if (view.failure) wrong.push(`${view.failure.code}: ${view.failure.message}`);
      if (view.state !== to) wrong.push(`ended ${view.state}, not ${to}`);
      const { status } = await client.workflow.getHandle(`machine/${id}`).describe();
      if (status.name !== 'RUNNING') wrong.push(`its workflow is ${status.name}`);
      if (to === 'Deployed' && fleet.machines[0]?.machine.running !== 'installed')
        wrong.push(`the machine runs ${fleet.machines[0]?.machine.running}`);
      return { wrong, state: view.state, operationId };
    },

    /** What the operation scheduled, in its order. */
    async scheduled(operationId: string): Promise<readonly Scheduled[]> {
      const { events } = await client.workflow.getHandle(`machine/${operationId}`).fetchHistory();
      return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: found }) =>
        found ? [{ activityId: found.activityId ?? '', activity: found.activityType?.name ?? '' }] : [],
      );
    },
  };
}
