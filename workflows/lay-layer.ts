import { patched, proxyActivities } from '@temporalio/workflow';
import type { LayerActivities, LayerOutline } from '../activities/index.ts';
import type { AppliedLayer, LayerRequest } from '../model/layer.ts';
import type { MachineRecord } from '../model/machine.ts';
import { siteQueue } from './messages.ts';
import { conversation, remoteJob, survey } from './policies.ts';
import { startAnew } from './start-anew.ts';
import { now, type Steps } from './steps.ts';

/**
 * Lays what is asked for and what that requires, in order. Nothing is changed before all demands of all of them are
 * met. Each step is skipped when its own check holds; the end is the use of the layer as its user would.
 */
export async function layLayers(
  steps: Steps,
  machine: MachineRecord,
  requests: readonly LayerRequest[],
): Promise<readonly AppliedLayer[]> {
  if (requests.length === 0) return [];
  if (!patched('layers-in-order')) {
    const laid: AppliedLayer[] = [];
    for (const request of requests) laid.push(await layAsBefore(steps, machine, request));
    return laid;
  }
  const { surveyLayers } = proxyActivities<LayerActivities>({
    ...survey,
    taskQueue: siteQueue(machine.site),
  });
  const order = await steps.run('look before the layers', () =>
    surveyLayers({ operationId: steps.operationId, machine, requests }),
  );
  const laid: AppliedLayer[] = [];
  for (const request of order) laid.push(await layLayer(steps, machine, request));
  return laid;
}

async function layLayer(steps: Steps, machine: MachineRecord, request: LayerRequest): Promise<AppliedLayer> {
  const { layer, parameters, role, members, only } = request;
  const before = machine.layers.find(({ name }) => name === layer);
  const near = nearOf(machine);
  const about = { operationId: steps.operationId, machine, request };
  const outline = await near.outlineLayer({ ...about, verb: 'apply' });
  const { version, digest } = outline;
  if (only !== 'verify') {
    if (outline.hasSecrets)
      await steps.run(`${layer}: place its secrets`, () => near.placeLayerSecrets({ ...about, digest }));
    await walk(steps, machine, request, 'apply', outline);
  }
  if (only !== 'lay') {
    for (const { name, deadlineMs } of outline.verifications) {
      const { verifyLayer } = proxyActivities<LayerActivities>({
        ...remoteJob(deadlineMs),
        taskQueue: siteQueue(machine.site),
      });
      await steps.run(`${layer}: verify ${name}`, () =>
        verifyLayer({ ...about, digest, verification: name, deadlineMs }),
      );
    }
  }
  return {
    name: layer,
    version,
    since: only === 'verify' && before ? before.since : now(),
    parameters,
    ...(role !== undefined && { role }),
    ...(members && { members }),
    ...(only !== 'lay' && { verifiedAt: now() }),
  };
}

export async function takeLayerAway(
  steps: Steps,
  machine: MachineRecord,
  request: LayerRequest,
): Promise<void> {
  const about = { operationId: steps.operationId, machine, request };
  const near = nearOf(machine);
  const outline = await near.outlineLayer({ ...about, verb: 'remove' });
  await walk(steps, machine, request, 'remove', outline);
  if (outline.hasSecrets)
    await steps.run(`${request.layer}: forget its secrets`, () => near.forgetLayerSecrets(about));
}

async function walk(
  steps: Steps,
  machine: MachineRecord,
  request: LayerRequest,
  verb: 'apply' | 'remove',
  outline: LayerOutline,
): Promise<void> {
  const taskQueue = siteQueue(machine.site);
  const about = { operationId: steps.operationId, machine, request, digest: outline.digest };
  for (const { name: step, deadlineMs, restarts } of outline.steps) {
    const { runLayerStep } = proxyActivities<LayerActivities>({ ...remoteJob(deadlineMs), taskQueue });
    const bootId = restarts && (await nearOf(machine).readBootIdOf(about));
    const { changed } = await steps.run(
      `${request.layer}: ${step}`,
      () => runLayerStep({ ...about, verb, step, deadlineMs }),
      (result) => !result.changed,
    );
    if (bootId === undefined || !changed) continue;
    await startAnew(steps, machine, { ...about, verb, step, bootId }, outline.restartMs);
  }
}

function nearOf(machine: MachineRecord) {
  return proxyActivities<LayerActivities>({ ...conversation, taskQueue: siteQueue(machine.site) });
}

/** What operations that began before there was an order are replayed by. */
async function layAsBefore(
  steps: Steps,
  machine: MachineRecord,
  request: LayerRequest,
): Promise<AppliedLayer> {
  const near = nearOf(machine);
  const about = { operationId: steps.operationId, machine, request };
  const outline = await near.outlineLayer({ ...about, verb: 'apply' });
  await walk(steps, machine, request, 'apply', outline);
  await steps.run(`${request.layer}: verify`, () => near.verifyLayer({ ...about, digest: outline.digest }));
  return { name: request.layer, version: outline.version, since: now() };
}
