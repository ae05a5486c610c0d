import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firmwareStarts, powerOn, type RackMachine } from '../../lab/index.ts';
import { diskFile } from '../../lab/rack/disks.ts';
import { isRunning } from '../../lab/rack/processes.ts';
import { type Service, serviceMark, startRole, startService } from '../../lab/service.ts';
import { awaitEnlisted, operationsOf, type Operator, operator, prepare } from '../../lab/story.ts';
import type { MachineRecord, Operation } from '../../model/index.ts';
import { madeAt } from '../fixtures/disk-image.ts';
import { page, processIn, type VirtualRack, virtualRack } from '../fixtures/virtual-rack.ts';
import { startPostgres, type TestPostgres } from '../store/fixtures/postgres.ts';

/**
 * The same way once more, with a cold start at its end, on PostgreSQL, and with everything that works on it killed -9
 * on the way: the worker, the whole program, the Temporal server. The tests of this file tell one story in order.
 */
const IMAGE = 'debian/12';
let lab: VirtualRack;
let postgres: TestPostgres;
let databaseFile: string;
let service: Service;
let person: Operator;
const names = (): string[] => lab.rack.machines.map(({ name }) => name);

beforeAll(async () => {
  [lab, postgres] = await Promise.all([virtualRack('kills'), startPostgres()]);
  await postgres.createDatabase('rackwright');
  databaseFile = join(lab.folder, 'database-url');
  await writeFile(databaseFile, postgres.socketUrl('rackwright'), { mode: 0o600 });
  await startAll();
  person = operator(service);
  await prepare(lab.rack, person, IMAGE);
});
afterAll(async () => {
  await lab?.end();
  await postgres?.remove();
});

/** The API in one process, with the Temporal server as its child; all that works on machines in another. */
async function startAll(): Promise<void> {
  service = await startService(lab.rack, ['--roles', 'api', '--database-url-file', databaseFile]);
  await startWorker();
}

async function startWorker(): Promise<void> {
  const said = await readFile(service.log, 'utf8');
  const address = [...said.matchAll(/Temporal runs at (\S+)/g)].at(-1)?.[1] ?? '';
  await startRole(lab.rack, 'worker', [
    ...['--roles', 'worker,rack', '--rack-address', lab.rack.serverAddress],
    ...['--database-url-file', databaseFile],
    ...['--temporal-address', address],
  ]);
}

async function kill(name: 'up' | 'worker'): Promise<void> {
  const mark = await serviceMark(lab.rack, name);
  if (!mark) throw new Error(`${name} does not run`);
  process.kill(mark.pid, 'SIGKILL');
  await expect.poll(() => isRunning(mark), { timeout: 10_000, interval: 20 }).toBe(false);
}

const latest = async (name: string): Promise<Operation | undefined> => (await operationsOf(person, name))[0];

/** Waits until this step of the machine's latest operation is at work. */
async function atWork(name: string, step: string): Promise<void> {
  await expect
    .poll(async () => (await latest(name))?.steps.find((one) => one.name === step)?.state, {
      timeout: 900_000,
      interval: 300,
    })
    .toMatch(/running|done/);
}

async function ended(name: string): Promise<Operation> {
  await expect
    .poll(async () => (await latest(name).catch(() => undefined))?.state, {
      timeout: 1_500_000,
      interval: 1_000,
    })
    .not.toMatch(/running|undefined/);
  const operation = (await latest(name)) as Operation;
  expect(operation.failure).toBeUndefined();
  return operation;
}

/** Each step stands there once and is done: nothing that was finished was begun again. */
function expectEachStepOnce(operation: Operation): void {
  const steps = operation.steps.map(({ name }) => name);
  expect(steps).toEqual([...new Set(steps)]);
  expect(operation.steps.filter(({ state }) => state !== 'done' && state !== 'skipped')).toEqual([]);
}

const disk = (machine: RackMachine): string => join(machine.directory, diskFile(0));

describe('the worker is killed while it commissions', () => {
  it('and the next one ends what was begun', async () => {
    for (const name of names()) await powerOn(lab.rack, name);
    await awaitEnlisted(lab.rack, person, 10 * 60_000);
    await person.show('machine', 'commission', ...names(), '--yes', '--detach');
    await atWork('r1-u1', 'listen for neighbours');
    await kill('worker');
    await startWorker();
    for (const machine of lab.rack.machines) {
      expectEachStepOnce(await ended(machine.name));
      expect(await person.read<MachineRecord>('machine', 'show', machine.name)).toMatchObject({
        state: 'Ready',
      });
      expect(firmwareStarts(machine)).toBe(1);
    }
  });
});

describe('the whole program is killed while it writes the image, and the Temporal server while it lays a layer', () => {
  it('and both machines end well: disks made once, two firmware starts with --reboot', async () => {
    await person.show(
      'machine',
      'deploy',
      ...names(),
      '--image',
      IMAGE,
      '--layer',
      'nginx',
      '--reboot',
      '--yes',
      '--detach',
    );
    for (const name of names()) await atWork(name, 'write image');
    const made = await Promise.all(lab.rack.machines.map((machine) => madeAt(disk(machine), 2)));
    await kill('up');
    await kill('worker');
    await startAll();

    await atWork('r1-u1', 'nginx: install nginx');
    process.kill(await processIn(lab.rack, /server start-dev/), 'SIGKILL');

    for (const [index, machine] of lab.rack.machines.entries()) {
      expectEachStepOnce(await ended(machine.name));
      expect(await madeAt(disk(machine), 2), `file system of ${machine.name}`).toBe(made[index]);
      expect(firmwareStarts(machine), `firmware starts of ${machine.name}`).toBe(2);
      const { state, deployment } = await person.read<MachineRecord>('machine', 'show', machine.name);
      expect(state).toBe('Deployed');
      expect(await page(`http://${deployment?.address}/`)).toContain(machine.name);
    }
  });
});
