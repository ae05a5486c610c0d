import { isPassing, type Verification } from '../layers/index.ts';
import { CodedError } from '../model/index.ts';
import type { Shell } from '../remote/index.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import { layerFor } from './layer-on.ts';
import { layerRestart } from './layer-restart.ts';
import { layerSurvey } from './layer-survey.ts';
import { runJob } from './step-log.ts';
import type { AboutLayer, LayerActivities } from './types.ts';

const VERIFY_MS = 300_000;
/** Of a script that failed for a passing reason: three runs, with a breath between. */
const ROUNDS = 3;
const PAUSE_MS = 15_000;

export function layerActivities(
  deps: ActivityDependencies,
): Omit<LayerActivities, 'placeLayerSecrets' | 'forgetLayerSecrets'> {
  return {
    ...layerSurvey(deps),
    ...layerRestart(deps),

    async outlineLayer(ask) {
      const { layer, digest, steps, verifications } = await layerFor(deps, ask, ask.verb);
      return {
        version: layer.version,
        digest,
        hasSecrets: (layer.secrets ?? []).length > 0,
        steps: steps.map(({ name, deadlineMs, restarts }) => ({
          name,
          deadlineMs,
          ...(restarts && { restarts }),
        })),
        verifications: verifications.map((one) => ({ name: one.name, deadlineMs: deadlineOf(one) })),
      };
    },

    async runLayerStep({ operationId, step: name, deadlineMs, ...ask }) {
      const { steps } = await layerFor(deps, { operationId, ...ask }, ask.verb);
      const step = steps.find((candidate) => candidate.name === name);
      if (!step) throw new CodedError('INTERNAL', `${ask.request.layer} has no step ${name}.`);
      const isDone = await deps.hosts.with(
        deploymentOf(ask.machine),
        async (host) => step.done !== undefined && (await host.run(step.done)).exitCode === 0,
      );
      if (isDone) return { changed: false };
      await run(deps, { operationId, ...ask }, name, step.script, deadlineMs, 'REMOTE_COMMAND_FAILED');
      return { changed: true };
    },

    async verifyLayer({ verification: wanted, deadlineMs, ...ask }) {
      const { verifications } = await layerFor(deps, ask, 'apply');
      for (const one of verifications) {
        if (wanted !== undefined && one.name !== wanted) continue;
        if (one.kind === 'http') await look(one);
        else
          await run(
            deps,
            ask,
            `verify ${one.name}`,
            one.script,
            deadlineMs ?? deadlineOf(one),
            'LAYER_VERIFY_FAILED',
          );
      }
    },
  };
}

function deadlineOf(verification: Verification): number {
  return verification.kind === 'http' ? VERIFY_MS : (verification.deadlineMs ?? VERIFY_MS);
}

/** A job with its log in the store; run again when the reason why it failed may pass. */
async function run(
  deps: ActivityDependencies,
  { operationId, machine, request }: AboutLayer,
  name: string,
  script: Shell,
  deadlineMs: number,
  code: 'REMOTE_COMMAND_FAILED' | 'LAYER_VERIFY_FAILED',
): Promise<void> {
  const { exitCode, tail } = await deps.hosts.with(deploymentOf(machine), (host) =>
    runJob(deps.store, host, {
      operationId,
      step: `${request.layer}: ${name}`,
      deadlineMs,
      script,
      rounds: ROUNDS,
      pauseMs: PAUSE_MS,
      again: (result) => isPassing(result.exitCode, result.tail),
    }),
  );
  if (exitCode === 0) return;
  const last = tail.trim().split('\n').at(-1) ?? '';
  throw new CodedError(
    code,
    `${request.layer}: ${name} ended with status ${exitCode}: ${last.slice(0, 300)}`,
  );
}

/** @throws CodedError LAYER_VERIFY_FAILED */
async function look({ name, url, status, contains }: Extract<Verification, { kind: 'http' }>): Promise<void> {
  const fail = (saw: string) => new CodedError('LAYER_VERIFY_FAILED', `${name}: ${saw}`);
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch((error: unknown) => {
    throw fail(`${url} does not answer (${String((error as Error).cause ?? error)})`);
  });
  const text = await response.text();
  if (response.status !== status) throw fail(`${url} answered ${response.status}`);
  if (!text.includes(contains)) throw fail(`${url} shows another page`);
}
