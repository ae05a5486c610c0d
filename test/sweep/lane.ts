import { appendFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createFleet, type Fleet, type FleetOptions } from '../../lab/sim/fleet.ts';
import { doubleEffects } from '../../lab/sim/journal.ts';
import { briskPace } from '../../lab/sim/pace.ts';
import { bmcAddress, mayFetch, relay, server } from '../../lab/sim/run/addresses.ts';
import { prepareService } from '../../lab/sim/run/run-fleet.ts';
import { simApi } from '../../lab/sim/run/service.ts';
import { healthy } from '../../lab/sim/run/stories.ts';
import { configure, enlist } from '../../lab/sim/run/story.ts';
import { serveSimStream } from '../../lab/sim/run/stream.ts';
import type { MachineRecord } from '../../model/index.ts';
import { startTemporalServer } from '../../worker/temporal-server.ts';
import { startPostgres } from '../store/fixtures/postgres.ts';
import { type Struck, strike } from './blow.ts';
import {
  type Choice,
  choose,
  ofLane,
  operations,
  pointsOf,
  type SweepCase,
  type SweptOperation,
} from './cases.ts';
import { arm, armed, type CrashPoint, disarm } from './crash-point.ts';
import { keepProcess, type KeptProcess } from './kept-process.ts';
import { leftovers, type Places } from './leftovers.ts';
import type { CaseEnd, SweepReport } from './report.ts';
import { createRound, type OperationEnd, type Round } from './round.ts';
import { longCuts } from './victims.ts';

export interface LaneOrder extends Choice {
  /** Of all cases, this lane takes those whose number leaves this remainder. */
  readonly lane: number;
  readonly lanes: number;
  /** Operations to sweep. Default: all. */
  readonly only?: readonly string[];
  readonly temporalBinary: string;
  /** Keeps the logs of all processes there. */
  readonly logs?: string;
}

type Say = (line: string) => void;

/** How long one operation may take with a blow in it: heartbeats are missed for 45 s at most. The rest is for busy hosts. */
const OPERATION_MS = 10 * 60_000;
/** Retries of a quarter of an hour, and what goes before and after. */
const LONG_MS = 22 * 60_000;
const STOP_MS = 15_000;

/** What an operator has of their own among the scripts for commissioning. */
const ownScript = `#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: own-look
# type: commissioning
# timeout: 60
# --- End Rackwright 1.0 script metadata ---
echo seen
`;

/** All that one machine is swept with. */
interface Lane extends Struck {
  readonly worker: KeptProcess;
  readonly fleet: Fleet;
  readonly round: Round;
  readonly places: Places;
}

/**
 * One machine, one service, one database. Runs the operations round and round, and strikes at one point of each.
 * Has to run in a network namespace of its own.
 */
export async function runLane(order: LaneOrder, say: Say): Promise<SweepReport> {
  const stops: (() => Promise<unknown>)[] = [];
  const started = performance.now();
  try {
    const lane = await openLane(order, stops);
    const points = await learnPoints(lane);
    const wanted = choose(
      points.filter(({ kind }) => !order.only || order.only.includes(kind)),
      order,
    );
    const own = ofLane(wanted, order.lane, order.lanes);
    say(`lane ${order.lane}: ${own.length} of ${wanted.length} cases, ${points.length} points`);
    const cases: CaseEnd[] = [];
    const broken: string[] = [];
    await workOff(lane, own, (end) => {
      cases.push(end);
      say(`lane ${order.lane}: ${cases.length}/${own.length} ${describeCase(end)}`);
    }).catch((error: unknown) => broken.push(`lane ${order.lane}: ${String(error)}`));
    return {
      cases,
      broken,
      unrecognised: lane.fleet.journal
        .all()
        .flatMap(({ kind, detail }) => (kind === 'unrecognised' ? [detail ?? ''] : [])),
      exits: { worker: lane.worker.exits(), api: lane.api.exits() },
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    // What does not end by itself ends with the namespace.
    for (let stop = stops.pop(); stop; stop = stops.pop()) await Promise.race([stop(), delay(STOP_MS)]);
  }
}

/** Everything of a lane, each part a process of its own that can be hit alone. */
async function openLane(order: LaneOrder, stops: (() => Promise<unknown>)[]): Promise<Lane> {
  const folder = await mkdtemp(join(tmpdir(), 'lane-'));
  // PostgreSQL runs as a user of its own.
  await chmod(folder, 0o711);
  const logs = order.logs ?? folder;
  await mkdir(logs, { recursive: true });
  const logOf = (name: string): string => join(logs, `lane-${order.lane}-${name}.log`);
  const postgres = await startPostgres();
  stops.push(() => postgres.remove());
  await postgres.createDatabase('lane');
  const databaseUrl = postgres.url('lane');
  const urlFile = join(folder, 'database-url');
  await writeFile(urlFile, databaseUrl, { mode: 0o600 });
  const temporal = await startTemporalServer({
    binary: order.temporalBinary,
    databaseFile: join(folder, 'temporal.db'),
    report: (line) => appendFileSync(logOf('temporal'), `${new Date().toISOString()} ${line}\n`),
  });
  stops.push(() => temporal.stop());

  await mkdir(join(folder, 'stream'));
  const stream = await serveSimStream(join(folder, 'stream'), server);
  stops.push(() => stream.close());
  const dataDirectory = join(folder, 'data');
  const common = [
    ...['--data-dir', dataDirectory, '--database-url-file', urlFile],
    ...['--temporal-address', temporal.address],
    ...mayFetch,
  ];
  const api = keepProcess([...common, '--roles', 'api'], logOf('api'));
  stops.push(() => api.stop());
  const ask = await simApi(dataDirectory, logOf('api'), () => api.exits() > 3);
  const crashPoint = join(folder, 'crash-point');
  const worker = keepProcess(
    [...common, '--roles', 'worker,rack', '--rack-address', server, '--boot-deadline', '2'],
    logOf('worker'),
    crashPoint,
  );
  stops.push(() => worker.stop());
  await worker.ready;
  await prepareService({ dataDirectory }, stream);
  await ask('POST', '/v1/scripts', { content: ownScript });

  const fleet = await createFleet({ ...fleetOf(order), server, relay, bmcAddress });
  stops.push(() => fleet.close());
  const known = await enlist({ api: ask }, fleet, [healthy], 120_000, () => undefined);
  await configure({ api: ask }, known);
  const machineId = known[0]?.id;
  if (machineId === undefined) throw new Error('the machine did not say hello');
  const connection = await Connection.connect({ address: temporal.address });
  stops.push(() => connection.close());
  const client = new Client({ connection });
  const round = createRound({
    dataDirectory,
    api: ask,
    temporal: client,
    fleet,
    machineId,
    image: stream.image,
  });
  const places: Places = { api: ask, temporal: client, databaseUrl, machineId };
  return { crashPoint, temporal, postgres, api, worker, fleet, round, places };
}

/** Real firmware takes longer still to come to its first DHCP datagram. */
function fleetOf({ seed, lane }: LaneOrder): Pick<FleetOptions, 'count' | 'seed' | 'pace'> {
  return { count: 1, seed: seed + lane, pace: { ...briskPace, postMs: 1_000 } };
}

/** The usual round is the second one: in the first the machine is in memory already when it is commissioned. */
async function learnPoints(lane: Lane): Promise<readonly CrashPoint[]> {
  const necessary = operations.filter(({ kind }) => ['commission', 'deploy', 'release'].includes(kind));
  for (const operation of necessary) await between(lane, operation);
  const all: CrashPoint[] = [];
  for (const operation of operations) {
    const operationId = await between(lane, operation);
    all.push(...pointsOf(operation.kind, await lane.round.scheduled(operationId)));
  }
  return all;
}

/** Round and round until no case is left; in each round, each operation has one at most. */
async function workOff(
  lane: Lane,
  cases: readonly SweepCase[],
  onEnd: (end: CaseEnd) => void,
): Promise<void> {
  const left = [...cases];
  const rescues: readonly string[] = ['rescue', 'exit-rescue'];
  let isRescued = false;
  while (left.length > 0) {
    for (const operation of operations) {
      if (left.length === 0) return;
      // Nothing depends on a rescue: a round may go without.
      if (operation.kind === 'rescue') isRescued = left.some(({ kind }) => rescues.includes(kind));
      if (rescues.includes(operation.kind) && !isRescued) continue;
      const index = left.findIndex(({ kind }) => kind === operation.kind);
      const one = index < 0 ? undefined : left.splice(index, 1)[0];
      if (!one) {
        await between(lane, operation);
        continue;
      }
      const end = await tryCase(lane, one, operation);
      onEnd(end);
      // The next operation needs the machine where this one had to bring it.
      const { state } = await lane.places.api<MachineRecord>('GET', `/v1/machines/${lane.places.machineId}`);
      if (state !== operation.to) await between(lane, operation);
    }
  }
}

/** An operation that nothing happens to has to end well, whatever went before it. */
async function between({ round, places }: Lane, operation: SweptOperation): Promise<string> {
  const { wrong, operationId } = await round.run(operation, OPERATION_MS);
  const all = [...wrong, ...(await leftovers(places))];
  if (all.length > 0) throw new Error(`${operation.kind}, when nothing happened: ${all.join('; ')}`);
  return operationId;
}

async function tryCase(lane: Lane, one: SweepCase, operation: SweptOperation): Promise<CaseEnd> {
  const { crashPoint, worker, round, places, fleet } = lane;
  const began = performance.now();
  const deaths = worker.deaths();
  const twiceBefore = doubleEffects(fleet.journal.all());
  arm(crashPoint, { ...one, hits: one.victim === 'worker' ? 'worker' : 'another' });
  const ended = new AbortController();
  const blow = strike(lane, one, ended.signal);
  const first = await round
    .run(operation, one.isLong ? LONG_MS : OPERATION_MS, one.victim === 'api')
    .finally(() => ended.abort());
  const struck = (await blow) && armed(crashPoint) === undefined;
  disarm(crashPoint);
  const wrong: string[] = [];
  if (!struck || (one.victim === 'worker' && worker.deaths() === deaths)) wrong.push('the blow did not fall');
  if (one.isLong) {
    wrong.push(...wrongReason(one, first), ...(await leftovers(places)));
    // What was cut is whole again: the same, asked again, ends well.
    wrong.push(...(await round.run(operation, OPERATION_MS)).wrong.map((what) => `asked again: ${what}`));
  } else {
    wrong.push(...first.wrong);
  }
  wrong.push(...(await leftovers(places)));
  const twice = doubleEffects(fleet.journal.all()).filter((effect) => !twiceBefore.includes(effect));
  const good = one.isLong ? 'failed rightly' : 'well';
  const end = first.isStuck ? 'stuck' : wrong.length > 0 || twice.length > 0 ? 'wrong' : good;
  return { ...one, end, wrong, doubleEffects: twice, seconds: (performance.now() - began) / 1000 };
}

function wrongReason({ victim }: SweepCase, { failure, isStuck }: OperationEnd): readonly string[] {
  const { code } = longCuts[victim as keyof typeof longCuts];
  if (isStuck) return ['stuck'];
  if (failure?.code === code) return [];
  return [
    failure ? `failed with ${failure.code} (${failure.message}), not ${code}` : `did not fail with ${code}`,
  ];
}

function describeCase({
  victim,
  isLong,
  kind,
  moment,
  activity,
  activityId,
  end,
  wrong,
  seconds,
}: CaseEnd): string {
  const cut = `${victim}${isLong ? ' for long' : ''}`;
  return `${cut}, ${kind}: ${moment} ${activity} (${activityId}) ${[end, ...wrong].join('; ')} ${seconds.toFixed(0)} s`;
}
