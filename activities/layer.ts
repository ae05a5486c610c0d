import { upgradePlan } from '../install/index.ts';
import { findLayer, layerDigest, parseParameters, type Verification } from '../layers/index.ts';
import { CodedError, type LayerRequest } from '../model/index.ts';
import type { Ipv4 } from '../net/index.ts';
import type { Host } from '../remote/index.ts';
import { subnetOf } from './boot.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import { runJob } from './step-log.ts';
import type { AboutLayer, LayerActivities } from './types.ts';

export function layerActivities(deps: ActivityDependencies): LayerActivities {
  const { store, hosts } = deps;
  return {
    async outlineLayer(ask) {
      const { layer, digest, steps } = await layerFor(deps, ask, ask.verb);
      return {
        version: layer.version,
        digest,
        steps: steps.map(({ name, deadlineMs }) => ({ name, deadlineMs })),
      };
    },

    async runLayerStep({ operationId, step: name, deadlineMs, ...ask }) {
      const { steps } = await layerFor(deps, { operationId, ...ask }, ask.verb);
      const step = steps.find((candidate) => candidate.name === name);
      if (!step) throw new CodedError('INTERNAL', `${ask.request.layer} has no step ${name}.`);
      return hosts.with(deploymentOf(ask.machine), async (host) => {
        if (step.done && (await host.run(step.done)).exitCode === 0) return { changed: false };
        const job = {
          operationId,
          step: `${ask.request.layer}: ${name}`,
          deadlineMs,
          script: step.script,
          rounds: 3,
        };
        const { exitCode, tail } = await runJob(store, host, job);
        if (exitCode === 0) return { changed: true };
        const last = tail.trim().split('\n').at(-1) ?? '';
        throw new CodedError(
          'REMOTE_COMMAND_FAILED',
          `${name} ended with status ${exitCode}: ${last.slice(0, 300)}`,
        );
      });
    },

    async verifyLayer(ask) {
      const { verifications } = await layerFor(deps, ask, 'apply');
      await hosts.with(deploymentOf(ask.machine), async (host) => {
        for (const verification of verifications) await verify(host, verification);
      });
    },
  };
}

/** @throws CodedError LAYER_CHANGED: what would be run now is not what was planned, or outlined when it began */
async function layerFor(deps: ActivityDependencies, ask: AboutLayer, verb: 'apply' | 'remove') {
  const { image, address } = deploymentOf(ask.machine);
  const kept = await deps.store.plans.get(ask.operationId);
  const plan = kept && upgradePlan(kept.plan);
  const { packageProxy } = plan ?? (await subnetOf(deps.store, ask.machine));
  const { name: machineName } = ask.machine;
  const made = layerOn(ask.request, { image, machineName, address, packageProxy }, verb);
  // One layer may be asked for twice, with other parameters.
  const planned = (plan?.layers ?? []).filter(({ name }) => name === ask.request.layer);
  const isPlanned =
    planned.length === 0 || planned.some(({ digest }) => digest === undefined || digest === made.digest);
  if (!isPlanned || (ask.digest !== undefined && ask.digest !== made.digest))
    throw new CodedError(
      'LAYER_CHANGED',
      `Layer ${made.layer.name} is not what it was when it was planned.`,
      {
        layer: made.layer.name,
        now: made.digest,
      },
    );
  return made;
}

/**
 * A layer as it will be on one machine.
 * @throws CodedError LAYER_NOT_FOUND, LAYER_UNSUPPORTED, and REQUEST_INVALID naming the parameter
 */
export function layerOn(
  { layer: name, parameters }: LayerRequest,
  on: {
    readonly image: string;
    readonly machineName: string;
    readonly address: Ipv4;
    readonly packageProxy: string | undefined;
  },
  verb: 'apply' | 'remove',
) {
  const { image, machineName, address, packageProxy } = on;
  const layer = findLayer(name);
  if (!layer.systems.includes(image)) {
    throw new CodedError(
      'LAYER_UNSUPPORTED',
      `${layer.name} supports ${layer.systems.join(', ')}, not ${image}.`,
    );
  }
  const context = {
    machineName,
    address,
    parameters: parseParameters(layer, parameters),
    ...(packageProxy !== undefined && { packageProxy }),
  };
  const [steps, verifications] = [layer[verb](context), layer.verify(context)];
  return { layer, steps, verifications, digest: layerDigest(layer, steps, verifications) };
}

async function verify(host: Host, verification: Verification): Promise<void> {
  const fail = (saw: string) => {
    throw new CodedError('LAYER_VERIFY_FAILED', `${verification.name}: ${saw}`);
  };
  switch (verification.kind) {
    case 'command': {
      const { exitCode, stderr } = await host.run(verification.script);
      if (exitCode !== 0) fail(`status ${exitCode}: ${stderr.trim().slice(-300)}`);
      return;
    }
    case 'http': {
      const response = await fetch(verification.url, { signal: AbortSignal.timeout(20_000) }).catch(
        (error: unknown) =>
          fail(`${verification.url} does not answer (${String((error as Error).cause ?? error)})`),
      );
      const text = (await response?.text()) ?? '';
      if (response?.status !== verification.status) fail(`${verification.url} answered ${response?.status}`);
      if (!text.includes(verification.contains)) fail(`${verification.url} shows another page`);
      return;
    }
  }
}
