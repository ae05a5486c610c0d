import { proxyActivities } from '@temporalio/workflow';
import type { LayerActivities } from '../activities/index.ts';
import type { AppliedLayer, MachineRecord } from '../model/machine.ts';
import type { LayerRequest } from '../model/requests.ts';
import { siteQueue } from './messages.ts';
import { conversation, remoteJob } from './policies.ts';
import { now, type Steps } from './steps.ts';

/** Each step is skipped when its own check holds; the end is the use of the layer as its user would. */
export async function layLayer(
  steps: Steps,
  machine: MachineRecord,
  request: LayerRequest,
): Promise<AppliedLayer> {
  const { version, digest } = await walk(steps, machine, request, 'apply');
  const near = proxyActivities<LayerActivities>({ ...conversation, taskQueue: siteQueue(machine.site) });
  const about = { operationId: steps.operationId, machine, request, digest };
  await steps.run(`${request.layer}: verify`, () => near.verifyLayer(about));
  return { name: request.layer, version, since: now() };
}

export async function takeLayerAway(
  steps: Steps,
  machine: MachineRecord,
  request: LayerRequest,
): Promise<void> {
  await walk(steps, machine, request, 'remove');
}

async function walk(steps: Steps, machine: MachineRecord, request: LayerRequest, verb: 'apply' | 'remove') {
  const taskQueue = siteQueue(machine.site);
  const about = { operationId: steps.operationId, machine, request, verb };
  const near = proxyActivities<LayerActivities>({ ...conversation, taskQueue });
  const outline = await near.outlineLayer(about);
  for (const { name: step, deadlineMs } of outline.steps) {
    const { runLayerStep } = proxyActivities<LayerActivities>({ ...remoteJob(deadlineMs), taskQueue });
    await steps.run(`${request.layer}: ${step}`, () =>
      runLayerStep({ ...about, digest: outline.digest, step, deadlineMs }),
    );
  }
  return outline;
}
