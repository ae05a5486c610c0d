import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import type { Fleet, FleetMachine } from '../../lab/sim/fleet.ts';
import type { SimService } from '../../lab/sim/run/service.ts';
import { healthy } from '../../lab/sim/run/stories.ts';
import { configure, enlist } from '../../lab/sim/run/story.ts';
import { RACKWRIGHT } from '../../lab/service.ts';
import { sealed } from '../../worker/temporal-access.ts';
import type { Operation } from '../../model/index.ts';
import { machineWorkflowId } from '../../workflows/messages.ts';
import { rawDisk } from '../fixtures/image-import.ts';
import { asking } from './ask.ts';

/** One run of a workflow that is worth keeping. */
export interface Case {
  readonly type: string;
  /** What happened in it, as the name of a file. */
  readonly name: string;
  readonly workflowId: string;
  /** Default: the only one, or the last. */
  readonly runId?: string;
  /** As it ended. */
  readonly operation?: Operation;
}

const MARKS_FOR_TWO_RUNS = 40;

/** Two machines go through everything that can be asked of a machine, well and badly; and what images are asked. */
export async function tellStory(
  service: SimService,
  fleet: Fleet,
  image: string,
  folder: string,
): Promise<readonly Case[]> {
  const connection = await Connection.connect({ address: service.temporalAddress });
  try {
    const dataConverter = sealed(await readFile(join(service.dataDirectory, 'key')));
    const client = new Client({ connection, dataConverter });
    const [first, second] = fleet.machines as readonly [FleetMachine, FleetMachine];
    await prepare(service, first);
    const cases: Case[] = [];
    const known = await enlist(service, fleet, [healthy, healthy], 60_000, () => undefined);
    await configure(
      service,
      known.filter(({ place }) => place === second),
    );
    const idOf = (machine: FleetMachine): string => {
      const id = known.find(({ place }) => place === machine)?.id;
      if (id === undefined) throw new Error(`${machine.machine.name} did not say hello`);
      return id;
    };
    const story = { service, client, image, cases };
    await goWell({ ...story, id: idOf(first) });
    await goBadly({ ...story, id: idOf(second), machine: second });
    await keepImages({ ...story, folder });
    return cases;
  } finally {
    await connection.close();
  }
}

interface Story {
  readonly service: SimService;
  readonly client: Client;
  readonly image: string;
  readonly cases: Case[];
}

/** A script for commissioning and a test, and the declaration of one machine, which is a little more than it says. */
async function prepare(service: SimService, { machine, bmc }: FleetMachine): Promise<void> {
  const header = (type: string): string =>
    `#!/bin/sh\n# --- Start Rackwright 1.0 script metadata ---\n# name: ${type}-check\n# type: ${type}\n# tags: [${type}]\n# --- End Rackwright 1.0 script metadata ---\ntrue\n`;
  for (const type of ['commissioning', 'testing'])
    await service.api('POST', '/v1/scripts', { name: `${type}-check`, content: header(type) });
  const { serial, macs } = machine.hardware;
  const power = {
    driver: 'redfish',
    url: bmc?.url,
    username: bmc?.username,
    password: bmc?.password,
    allowPlainHttp: true,
  };
  const declared = { name: 'declared-1', serial, macs, power, expects: { disks: { count: 2 } } };
  // JSON is YAML.
  const text = JSON.stringify({ machines: [declared] });
  await service.api('POST', '/v1/declared/import', { format: 'yaml', text });
}

async function goWell({ service, client, image, cases, id }: Story & { readonly id: string }): Promise<void> {
  const people = asking(service);
  const keep = async (type: string, name: string, verb: string, body?: object): Promise<void> => {
    cases.push({ type, name, workflowId: machineWorkflowId(await people.run(id, verb, body)) });
  };
  await keep('commission', 'scripts-and-declaration', 'commission');
  await keep('test', 'passed', 'test', { scripts: ['testing-check'], tags: ['testing'] });
  const preview = await service.api<object>('POST', `/v1/machines/${id}/deploy/plan`, { image });
  if (!('digest' in preview)) throw new Error('no plan was made');
  await keep('deploy', 'on-a-disk-with-its-bmc-closed', 'deploy', {
    image,
    system: { hostname: 'recorded', userData: secret },
  });
  await keep('power', 'cycled-by-redfish', 'power', { action: 'cycle' });
  await keep('rescue', 'of-a-deployed-machine', 'rescue', { sshKeys: [] });
  await keep('exitRescue', 'back-to-the-installed-system', 'exit-rescue');
  await keep('release', 'with-erasing', 'release', { erase: 'quick' });
  await keep('deploy', 'from-memory', 'deploy', { image, ephemeral: true });
  await keep('release', 'of-a-system-in-memory', 'release', { erase: 'none' });
  for (let mark = 0; mark < MARKS_FOR_TWO_RUNS; mark += 1)
    await people.run(id, `marks/${mark % 2 === 0 ? 'lock' : 'unlock'}`, { reason: `mark ${mark}` });
  const runs: { readonly runId: string; readonly status: string; readonly startedAt: number }[] = [];
  for await (const { runId, status, startTime } of client.workflow.list({
    query: `WorkflowId = "${machineWorkflowId(id)}"`,
  }))
    runs.push({ runId, status: status.name, startedAt: startTime.getTime() });
  runs.sort((a, b) => a.startedAt - b.startedAt);
  const [began, continued] = runs.filter(({ status }) => status === 'CONTINUED_AS_NEW');
  const workflowId = machineWorkflowId(id);
  if (!began || !continued) throw new Error(`${id} did not continue as new twice`);
  cases.push({ type: 'machine', name: 'until-continue-as-new', workflowId, runId: began.runId });
  cases.push({ type: 'machine', name: 'after-continue-as-new', workflowId, runId: continued.runId });
}

/** What is sealed must not come out of a history either. */
export const secret = '#cloud-config\n# CANARY-5d1c2f\n';

async function goBadly({
  service,
  client,
  image,
  cases,
  id,
  machine: { machine },
}: Story & { readonly id: string; readonly machine: FleetMachine }): Promise<void> {
  const people = asking(service);
  const keep = (type: string, name: string, operationId: string): void => {
    cases.push({ type, name, workflowId: machineWorkflowId(operationId) });
  };
  const crashAt = (at: string) => machine.arm([{ kind: 'crash', at, when: 'before', exitCode: 1 }]);
  const stop = async (operationId: string): Promise<void> => {
    await service.api('POST', `/v1/machines/${id}/abort`, { reason: 'recorded' });
    await people.ended(operationId);
    machine.arm([]);
  };

  crashAt('read the hardware');
  keep('commission', 'failed', await people.run(id, 'commission', undefined, 'fails'));
  machine.arm([]);
  await people.run(id, 'commission');
  crashAt('run a script');
  keep('test', 'failed', await people.run(id, 'test', { scripts: ['testing-check'] }, 'fails'));
  machine.arm([]);
  await people.run(id, 'commission');

  machine.arm([{ kind: 'hangs', at: 'write image' }]);
  const deployment = await people.ask(id, 'deploy', { image });
  await people.atWork(deployment, 'write image');
  await stop(deployment);
  keep('deploy', 'stopped', deployment);

  crashAt('erase');
  keep('release', 'erasing-failed', await people.run(id, 'release', { erase: 'quick' }, 'fails'));
  machine.arm([]);
  await people.run(id, 'release', { erase: 'quick' });

  crashAt('memory for a layer');
  const layers = [{ layer: 'docker', parameters: {} }];
  keep('deploy', 'its-layer-refused', await people.run(id, 'deploy', { image, layers }, 'fails'));
  machine.arm([]);
  await people.run(id, 'marks/override-failed', { reason: 'recorded' });
  await people.run(id, 'release', { erase: 'none' });

  machine.arm([{ kind: 'silent', rung: 'hello', fromBoot: 1 }]);
  const rescue = await people.ask(id, 'rescue', { sshKeys: [] });
  await people.atWork(rescue, 'start over the network');
  await stop(rescue);
  keep('rescue', 'stopped', rescue);
  keep('exitRescue', 'after-a-failure', await people.run(id, 'exit-rescue'));

  const workflow = client.workflow.getHandle(machineWorkflowId(id));
  const before = await workflow.describe();
  cases.push({
    type: 'machine',
    name: 'a-layer-of-its-deployment-refused',
    workflowId: workflow.workflowId,
    runId: before.runId,
  });
  await workflow.terminate('recorded');
  await people.until('the machine to be revived', async () => {
    await client.workflow.execute('caretaker', { workflowId: 'caretaker-recorded', taskQueue: 'control' });
    return (await workflow.describe()).status.name === 'RUNNING' ? true : undefined;
  });
  cases.push({ type: 'caretaker', name: 'revives', workflowId: 'caretaker-recorded' });
  await people.run(id, 'marks/lock', { reason: 'revived' });
  const { runId } = await workflow.describe();
  cases.push({ type: 'machine', name: 'revived', workflowId: workflow.workflowId, runId });
}

async function keepImages({
  service,
  client,
  cases,
  folder,
}: Story & { readonly folder: string }): Promise<void> {
  const rackwright = (...args: readonly string[]) =>
    execa(RACKWRIGHT, ['image', ...args], {
      env: { RW_DATA_DIR: service.dataDirectory },
      stdin: 'ignore',
      reject: false,
    });
  const own = ['--unsigned', '--firmware', 'uefi', '--no-cloud-init', '--serial', '1'];
  await writeFile(join(folder, 'disk.raw'), rawDisk(Buffer.alloc(1024 ** 2, 'disk')));
  await writeFile(join(folder, 'tree.squashfs'), Buffer.alloc(8192, 'no squashfs'));
  await rackwright('import', 'acme/1', join(folder, 'disk.raw'), ...own);
  await rackwright(
    'import',
    'acme/2',
    join(folder, 'tree.squashfs'),
    '--unsigned',
    '--kernel-package',
    'linux-image-amd64',
  );
  // The list of workflows follows a moment later.
  const imports = await asking(service).until('both imports in the list', async () => {
    const found: { readonly id: string; readonly status: string }[] = [];
    for await (const { workflowId, status } of client.workflow.list({
      query: 'WorkflowType = "importImage"',
    }))
      found.push({ id: workflowId, status: status.name });
    return found.length < 2 || found.some(({ status }) => status === 'RUNNING') ? undefined : found;
  });
  for (const [status, name] of [
    ['COMPLETED', 'of-a-disk'],
    ['FAILED', 'refused'],
  ] as const) {
    const workflowId = imports.find((one) => one.status === status)?.id;
    if (workflowId === undefined) throw new Error(`no import ended ${status}`);
    cases.push({ type: 'importImage', name, workflowId });
  }
  await service.api('POST', '/v1/images/gc', { keep: 1, plan: false });
  cases.push({ type: 'collectImages', name: 'collected', workflowId: 'image-gc' });
}
