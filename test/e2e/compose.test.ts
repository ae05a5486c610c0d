import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SiteView } from '../../api/index.ts';
import { doubleEffects } from '../../lab/sim/index.ts';
import { dynamic, fixed, network, server } from '../../lab/sim/run/addresses.ts';
import type { EraseEvidence, MachineRecord, Operation } from '../../model/index.ts';
import { payloadCodec } from '../../worker/payload-codec.ts';
import { type Compose, compose } from '../fixtures/docker-compose.ts';
import { type DockerRack, dockerRack } from '../fixtures/docker-rack.ts';
import { unsealed } from '../fixtures/unsealed.ts';

/**
 * docs/guide/grow.md: the services of docker-compose.yml, each in a container of its own, take simulated machines from
 * power-on to a deployed system, while one of the two workers is killed. The tests of this file tell one story in order.
 */
const COUNT = 4;
let folder: string;
let rack: DockerRack;
let stack: Compose;
const machines = () => stack.read<readonly MachineRecord[]>('machine', 'list');
const ours = (...args: readonly string[]) => stack.run(['exec', '-T', 'api', 'rackwright', ...args]);
const names = (): string[] => rack.machines.map(({ name }) => name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-compose-e2e-'));
  // The user of the containers reads the key ring in it.
  await chmod(folder, 0o755);
  rack = await dockerRack(folder, COUNT);
  stack = await compose(
    rack.namespace,
    { RACK_ADDRESS: server, BOOT_DEADLINE: '2', ALLOW_OUTBOUND: `${server}/32` },
    folder,
  );
}, 1_800_000);
afterAll(async () => {
  try {
    await stack?.remove();
  } finally {
    await rack?.remove();
    await rm(folder, { recursive: true, force: true });
  }
});

describe('docker compose up', () => {
  it('brings every service up, healthy', async () => {
    const began = performance.now();
    await stack.run(['up', '--detach', '--wait']);
    console.log(`  up in ${seconds(began)} s, with the ${stack.temporal} Temporal server`);
    const { items } = await stack.read<{ items: SiteView[] }>('api', 'GET', '/v1/sites');
    expect(items).toMatchObject([{ name: 'main', racks: [{ identity: expect.stringMatching(/^rack@/) }] }]);
  });

  it('runs our processes without rights that they do not need (docs/security.md, rule 22)', async () => {
    const bindService = '0000000000000400';
    const none = '0000000000000000';
    for (const [service, rights] of [
      ['api', none],
      ['worker-1', none],
      ['worker-2', none],
      ['rack', bindService],
    ] as const) {
      const status = await stack.run(['exec', '-T', service, 'cat', '/proc/1/status']);
      expect(/^Uid:\t(\d+)/m.exec(status)?.[1], service).toBe('10001');
      expect(/^CapEff:\t(\w+)/m.exec(status)?.[1], service).toBe(rights);
      expect(/^CapBnd:\t(\w+)/m.exec(status)?.[1], service).toBe(rights);
      expect(/^NoNewPrivs:\t(\d)/m.exec(status)?.[1], service).toBe('1');
    }
  });

  it('shows no secret to whoever may look at containers', async () => {
    const ids = (await stack.run(['ps', '--all', '--quiet'])).split('\n');
    const inspected = await stack.engine.run(['inspect', ...ids]);
    expect(inspected).toContain('/run/secrets/rackwright/token');
    for (const name of ['token', 'postgres-password', 'rackwright-db-password', 'temporal-db-password']) {
      const secret = (await readFile(join(stack.project, 'docker/secrets', name), 'utf8')).trim();
      expect(inspected.includes(secret), name).toBe(false);
    }
  });
});

describe('machines', () => {
  it('are found, by a rack that fetched the images from the API', async () => {
    const range = ({ first, last }: typeof dynamic | typeof fixed): string => `${first}-${last}`;
    const { url, image } = rack.stream;
    await ours(
      ...['subnet', 'add', 'rack', '--cidr', network, '--server-address', server, '--image', image],
      ...['--dynamic', range(dynamic), '--static', range(fixed)],
    );
    await ours('image', 'sync', url, '--keyring', `/shared/${basename(rack.stream.keyring)}`);
    rack.powerOn();
    await expect.poll(async () => (await machines()).length, { timeout: 120_000, interval: 500 }).toBe(COUNT);
    for (const { name, uuid, bmc } of rack.machines) {
      const { id } = (await machines()).find(({ identity }) => identity.uuid === uuid) as MachineRecord;
      await writeFile(join(folder, name), bmc.password);
      const parameters = { url: bmc.url, username: bmc.username, allowPlainHttp: true };
      await ours(
        ...['machine', 'set', id, '--name', name, '--power', 'redfish'],
        ...Object.entries(parameters).flatMap(([key, value]) => ['--power-parameter', `${key}=${value}`]),
        ...['--power-secret-file', `password=/shared/${name}`],
      );
    }
  });

  it('are deployed, although the worker that decides for them is killed in the middle', async () => {
    await ours('machine', 'commission', ...names(), '--yes', '--wait');
    const began = performance.now();
    await ours('machine', 'deploy', ...names(), '--image', rack.stream.image, '--yes', '--detach');
    const first = names()[0] as string;
    await expect.poll(() => stepsOf(first), { timeout: 120_000, interval: 200 }).toContain('partition');
    const victim = (await decisions()).at(-1)?.at(-1)?.host ?? '';
    const other = victim === 'worker-1' ? 'worker-2' : 'worker-1';
    expect(['worker-1', 'worker-2']).toContain(victim);
    await stack.run(['kill', '--signal', 'KILL', victim]);
    const killedAt = Date.now();
    expect(await stepsOf(first), 'the middle').not.toContain('start the installed system');
    console.log(`  ${victim} killed ${seconds(began)} s after the deployment was asked for`);

    await expect
      .poll(async () => (await machines()).map(({ state }) => state), { timeout: 300_000, interval: 500 })
      .toEqual(names().map(() => 'Deployed'));
    console.log(`  ${COUNT} machines deployed in ${seconds(began)} s`);
    const taken = await decisions();
    expect(taken).toHaveLength(COUNT);
    expect(taken.flat().filter(({ host, at }) => host === victim && at > killedAt)).toEqual([]);
    const handed = taken.filter(
      (each) => each.some(({ host }) => host === victim) && each.at(-1)?.host === other,
    );
    expect(handed.length, 'deployments that one began to decide and the other ended').toBeGreaterThan(0);
    console.log(`  ${handed.length} of them were begun by ${victim} and ended by ${other}`);
    expect(doubleEffects(await rack.effects())).toEqual([]);
  });

  it('are told of by Temporal only in what we can read (docs/security.md, rule 32)', async () => {
    const canaries = rack.machines.flatMap(({ name, serial, uuid }) => [name, serial, uuid]);
    const key = await readFile(join(stack.project, 'docker/secrets/key'));
    const histories = await Promise.all((await workflows()).map(history));
    const raw = withoutEncoding(histories);
    expect(canaries.filter((canary) => raw.includes(canary))).toEqual([]);
    // The control: with the key everything is there.
    const open = withoutEncoding(await unsealed(histories, payloadCodec(key)));
    expect(canaries.filter((canary) => !open.includes(canary))).toEqual([]);
    console.log(`  ${histories.length} histories, ${canaries.length} canaries: 0 in clear, all with the key`);
  });
});

describe('the rest of their life', () => {
  it('is as in one process: rescued and back, given back with evidence, tested', async () => {
    const began = performance.now();
    const [first = '', ...others] = names();
    await ours('machine', 'rescue', first, '--yes', '--wait');
    await ours('machine', 'exit-rescue', first, '--yes', '--wait');
    await ours('machine', 'release', ...others, '--erase', 'quick', '--yes', '--wait');
    await ours('machine', 'test', ...others, '--yes', '--wait');
    const states = new Map((await machines()).map(({ name, state }) => [name, state]));
    expect(names().map((name) => states.get(name))).toEqual(['Deployed', ...others.map(() => 'Ready')]);
    for (const name of others) {
      const evidence = await stack.read<readonly EraseEvidence[]>('machine', 'evidence', name);
      expect(evidence.length, name).toBeGreaterThan(0);
      expect(evidence.map(({ result }) => result)).toEqual(evidence.map(() => 'ok'));
    }
    expect(doubleEffects(await rack.effects())).toEqual([]);
    console.log(`  rescued, given back and tested in ${seconds(began)} s`);
  });
});

describe('a site without a rack', () => {
  it('is said to be the reason that work waits, and the work goes on when it is back', async () => {
    const name = names()[0] as string;
    await stack.run(['stop', 'rack']);
    await ours('machine', 'release', name, '--yes', '--detach');
    await expect
      .poll(() => ours('machine', 'why', name), { timeout: 120_000, interval: 2_000 })
      .toMatch(/No rack serves site main for \d+[ms].*its work waits/);
    const { items } = await stack.read<{ items: SiteView[] }>('api', 'GET', '/v1/sites');
    expect(items).toMatchObject([{ racks: [], machines: COUNT, unserved: {} }]);
    expect(items[0]?.waiting).toBeGreaterThan(0);
    await stack.run(['start', 'rack']);
    await expect
      .poll(() => ours('machine', 'why', name), { timeout: 120_000, interval: 1_000 })
      .not.toContain('No rack serves');
  });
});

async function stepsOf(name: string): Promise<readonly string[]> {
  const path = `/v1/machines/${name}/operations`;
  const { items } = await stack.read<{ items: readonly Operation[] }>('api', 'GET', path);
  return items[0]?.steps.map((step) => step.name) ?? [];
}

interface Written {
  readonly events: readonly {
    readonly eventTime: string;
    readonly workflowTaskCompletedEventAttributes?: { readonly identity?: string };
  }[];
}

const temporal = (...args: readonly string[]): Promise<string> =>
  stack.run(['exec', '-T', 'temporal', 'temporal', ...args, '--address', '127.0.0.1:7233', '-o', 'json']);

interface Run {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
}

async function workflows(): Promise<readonly Run[]> {
  const listed = JSON.parse(await temporal('workflow', 'list')) as {
    execution: Omit<Run, 'type'>;
    type: { name: string };
  }[];
  return listed.map(({ execution, type }) => ({ ...execution, type: type.name }));
}

async function history({ workflowId, runId }: Run): Promise<Written> {
  return JSON.parse(await temporal('workflow', 'show', '-w', workflowId, '-r', runId));
}

/** Of each deployment, who ended its workflow tasks, and when. Begun is not enough: a task may be handed to one who has just died. */
async function decisions(): Promise<readonly (readonly { host: string; at: number }[])[]> {
  const deployments = (await workflows()).filter(({ type }) => type === 'deploy');
  return (await Promise.all(deployments.map(history))).map(({ events }) =>
    events.flatMap(({ eventTime, workflowTaskCompletedEventAttributes: completed }) => {
      const host = /@([^/]+)\//.exec(completed?.identity ?? '')?.[1];
      return host === undefined ? [] : [{ host, at: Date.parse(eventTime) }];
    }),
  );
}

/** Payloads are in base64: as text, and with everything that hides in it as text. */
function withoutEncoding(value: unknown): string {
  const text = JSON.stringify(value);
  const hidden = [...text.matchAll(/"([A-Za-z0-9+/]{12,}={0,2})"/g)].map(([, found]) =>
    Buffer.from(found as string, 'base64').toString('latin1'),
  );
  return [text, ...hidden].join('\n');
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}
