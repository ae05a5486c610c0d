import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { commissionActivities } from '../../activities/commission.ts';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { installActivities } from '../../activities/install.ts';
import { sessionActivities } from '../../activities/session.ts';
import type { About } from '../../activities/types.ts';
import { planDigest } from '../../install/plan/plan-digest.ts';
import { Secret } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import type { Host } from '../../remote/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';
import { plan, planInput, publicKey } from '../install/example.ts';
import { boot, machine } from '../store/records.ts';

/** docs/security.md, rule 28. The store is real; the machine is a wire that keeps all that is sent over it. */
let store: Store;
ownStore((made) => {
  store = made;
});

const canary = `$6$canary$${'x'.repeat(86)}`;
const sent: string[] = [];
let duringJob: () => Promise<void> = async () => undefined;
const host = {
  async run(script: { readonly text: string }) {
    sent.push(script.text);
    return { exitCode: 0, stdout: '', stderr: '' };
  },
  async job(_name: string, script: { readonly text: string }) {
    sent.push(script.text);
    await duringJob();
    return { exitCode: 0, startedHere: true, tail: '' };
  },
} as unknown as Host;

const deps = {
  hosts: { with: (_place: unknown, work: (host: Host) => unknown) => work(host), close: () => undefined },
  ssh: { publicLine: publicKey('C'), privateKey: new Secret('') },
  artefactUrl: () => 'http://10.78.0.1:8080/x',
  power: { adopt: () => Promise.reject(new Error('the BMC was spoken to')) },
} as unknown as ActivityDependencies;

const within = <Result>(work: () => Promise<Result>) => new MockActivityEnvironment().run(work);

async function deploying(operationId: string, bootId: string): Promise<About> {
  const sha256 = createHash('sha256').update(canary).digest('hex');
  const made = plan({ system: { users: [{ name: 'anna', sshKeys: [], password: { sha256 } }] } });
  await store.subnets.put(planInput().subnet);
  await store.boots.open(boot(bootId));
  await store.plans.add(operationId, made, planDigest(made));
  await store.secrets.put(operationId, 'system', new Secret(JSON.stringify({ passwords: { anna: canary } })));
  const session = {
    bootId,
    address: ipv4('10.78.0.100'),
    hostKeys: [],
    squashfs: 'a'.repeat(64),
    since: '2026-11-22T10:00:00.000Z',
  };
  return { operationId, machine: machine('m-1', { site: 'default', session }), session };
}

const canaries = () => sent.filter((text) => text.includes('canary')).length;

test('a canary after the first program of the image is sent nowhere, also by a worker that knows of nothing', async () => {
  sent.length = 0;
  const about = await deploying('m-1/deploy/1', 'boot-tainted');
  const installing = installActivities({ ...deps, store });
  const step = (name: string) =>
    within(() => installing.runInstallStep({ ...about, step: name, deadlineMs: 60_000 }));

  await step('configure');
  expect(canaries()).toBe(1);
  expect((await store.boots.get('boot-tainted'))?.taintedAt).toBeUndefined();

  // The worker dies as the first program of the image starts: by then the store knows.
  let known: string | undefined;
  duringJob = async () => {
    known = (await store.boots.get('boot-tainted'))?.taintedAt;
    throw new Error('the worker died');
  };
  await expect(step('kernel and bootloader')).rejects.toThrow('the worker died');
  duringJob = async () => undefined;
  expect(known).toMatch(/^\d{4}-/);

  sent.length = 0;
  await expect(step('configure')).rejects.toMatchObject({ code: 'MEMORY_TAINTED' });
  await expect(within(() => commissionActivities({ ...deps, store }).adoptBmc(about))).rejects.toMatchObject({
    code: 'MEMORY_TAINTED',
  });
  expect(sent).toEqual([]);

  // What holds no secret may come again, and the first time stays.
  await step('kernel and bootloader');
  await step('finish');
  expect([sent.length, canaries()]).toEqual([2, 0]);
  expect((await store.boots.get('boot-tainted'))?.taintedAt).toBe(known);
});

test('what is tainted is not used for another operation', async () => {
  const sessions = sessionActivities({ ...deps, store });
  const { session } = await deploying('m-1/deploy/2', 'boot-clean');
  expect(await within(() => sessions.probeSession({ session }))).toBe(true);
  await within(() => sessions.letIn({ session, sshKeys: [] }));
  sent.length = 0;
  expect(await within(() => sessions.probeSession({ session }))).toBe(false);
  expect(sent).toEqual([]);
});
