import { afterAll, beforeAll, expect, it } from 'vitest';
import { operationsOf } from '../../../lab/story.ts';
import type { Operation } from '../../../model/index.ts';
import { type LayerService, layerService } from '../../fixtures/layer-service.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';
import { standIn } from '../../fixtures/stand-ins/read.ts';

/**
 * Long steps of layers while the worker is killed -9, and while the machine cannot be reached for a minute. Packages come
 * over a wire of 8 Mbit/s, so that the step takes its time.
 */
let bench: LayerService;
let mirror: TestMirror;
beforeAll(async () => {
  bench = await layerService(['m1', 'm2']);
  mirror = await startMirror(bench.rack.hostAddress);
}, 300_000);
afterAll(async () => {
  await bench?.close();
  await mirror?.close();
}, 120_000);

const latest = async (name: string): Promise<Operation | undefined> =>
  (await operationsOf(bench.person, name))[0];

async function atWork(name: string, step: string): Promise<void> {
  await expect
    .poll(async () => (await latest(name))?.steps.find((one) => one.name === step)?.state, {
      timeout: 120_000,
      interval: 200,
    })
    .toBe('running');
}

async function ended(name: string): Promise<Operation> {
  await expect
    .poll(async () => (await latest(name).catch(() => undefined))?.state, {
      timeout: 600_000,
      interval: 1_000,
    })
    .not.toMatch(/running|undefined/);
  return (await latest(name)) as Operation;
}

/** The folder of its only job: were it started twice, there would be two, or its log would say so. */
const jobOf = (operation: Operation, step: string): string =>
  `/run/rackwright/jobs/${`${operation.id} ${step}`.replaceAll(/[^A-Za-z0-9]+/g, '-')}-1`;

/** What the store has of the step is what the machine has, line by line: nothing twice, nothing left out. */
async function expectWholeLog(name: string, operation: Operation, step: string): Promise<void> {
  const job = jobOf(operation, step);
  const there = await bench.look(name, `cat ${job}/log`);
  const lines: string[] = [];
  for (let after = 0; ; ) {
    const query = `step=${encodeURIComponent(step)}&after=${after}&limit=1000`;
    const path = `/v1/operations/${operation.id}/log?${query}`;
    const page = await bench.person.read<{ items: { line: string }[]; next: number }>('api', 'GET', path);
    lines.push(...page.items.map(({ line }) => line));
    after = page.next;
    if (page.items.length < 1000) break;
  }
  // Of what a progress bar overwrote, the last is kept.
  const printable = (text: string) =>
    text
      .replaceAll(/\r+$/gm, '')
      .replaceAll(/^.*\r/gm, '')
      .replaceAll(/[^\x20-\x7e\n]/g, '');
  const whole = printable(there).split('\n').filter(Boolean);
  expect(whole.length).toBeGreaterThan(5);
  expect(lines.map(printable).filter(Boolean)).toEqual(whole);
  expect(await bench.look(name, `ls -d ${job.slice(0, -1)}*`), 'it was run once').toBe(job);
  expect(await bench.look(name, `cat ${job}/status`)).toBe('success exited 0');
}

it('the worker is killed in the middle of a step of docker: the job goes on, and is found again', async () => {
  await bench.inside('tc', 'qdisc', 'add', 'dev', await bench.port('m1'), 'root', 'tbf', ...slow);
  await bench.person.show('layer', 'apply', 'docker', 'm1', '--detach');
  const step = 'docker: install docker';
  await atWork('m1', step);
  const job = jobOf((await latest('m1')) as Operation, step);
  await expect.poll(() => bench.look('m1', `wc -l <${job}/log || :`), { timeout: 60_000 }).not.toBe('0');
  await bench.killWorker();
  // Nobody listens any more, and it goes on all the same.
  const before = Number(await bench.look('m1', `stat -c %s ${job}/log`));
  await expect
    .poll(async () => Number(await bench.look('m1', `stat -c %s ${job}/log`)), { timeout: 120_000 })
    .toBeGreaterThan(before);
  await bench.startWorker();
  const operation = await ended('m1');
  expect(operation.failure).toBeUndefined();
  const took = operation.steps.find(({ name }) => name === step);
  const seconds = (Date.parse(took?.endedAt ?? '') - Date.parse(took?.startedAt ?? '')) / 1000;
  console.log(`  ${step} took ${seconds} s`);
  await expectWholeLog('m1', operation, step);
  await bench.inside('tc', 'qdisc', 'del', 'dev', await bench.port('m1'), 'root');
}, 900_000);

it('the machine cannot be reached for a minute: the job goes on, and is found again', async () => {
  await bench.inside('tc', 'qdisc', 'add', 'dev', await bench.port('m2'), 'root', 'tbf', ...slow);
  await bench.person.show('layer', 'apply', 'docker', 'm2', '--detach');
  const step = 'docker: install docker';
  await atWork('m2', step);
  const operationId = ((await latest('m2')) as Operation).id;
  const rule = ['OUTPUT', '-d', addressOf('m2'), '-p', 'tcp', '--dport', '22', '-j', 'DROP'];
  await bench.inside('iptables', '-I', ...rule);
  const cutAt = Date.now();
  await expect.poll(() => Date.now() - cutAt, { timeout: 70_000, interval: 1_000 }).toBeGreaterThan(60_000);
  await bench.inside('iptables', '-D', ...rule);
  const operation = await ended('m2');
  expect(operation.id).toBe(operationId);
  expect(operation.failure).toBeUndefined();
  await expectWholeLog('m2', operation, step);
}, 900_000);

it('the worker is killed in the middle of stack.sh', async () => {
  const scripts = await standIn('devstack', ['stack.sh', 'unstack.sh', 'clean.sh', 'openrc', 'functions']);
  await mirror.git('https://opendev.org/openstack/devstack', { 'stable/2026.1': scripts, master: scripts });
  await mirror.git('https://opendev.org/openstack/cloud.git', {
    master: await standIn('devstack', ['cloud.py', 'openstack']),
  });
  const cirros = 'https://github.com/cirros-dev/cirros/releases/download/0.6.3/cirros-0.6.3-x86_64-disk.img';
  await mirror.file(cirros, 'an image');
  await bench.person.show('layer', 'apply', 'devstack', 'm1', '--param', `mirror=${mirror.url}`, '--detach');
  const step = 'devstack: run stack.sh';
  await atWork('m1', step);
  const job = jobOf((await latest('m1')) as Operation, step);
  await expect.poll(() => bench.look('m1', `wc -l <${job}/log || :`), { timeout: 60_000 }).not.toBe('0');
  await bench.killWorker();
  await bench.startWorker();
  const operation = await ended('m1');
  expect(operation.failure).toBeUndefined();
  await expectWholeLog('m1', operation, step);
}, 900_000);

const slow = ['rate', '8mbit', 'burst', '64kbit', 'latency', '400ms'];

function addressOf(name: string): string {
  return bench.rack.machines.find((one) => one.name === name)?.address ?? '';
}
