import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { isPassing, neededBy, type Verification } from '../layers/index.ts';
import { CodedError } from '../model/index.ts';
import type { JobResult, Shell } from '../remote/index.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import { layerFor } from './layer-on.ts';
import { layerRestart } from './layer-restart.ts';
import { layerSurvey } from './layer-survey.ts';
import { hasBegun, runJob } from './step-log.ts';
import type { AboutLayer, LayerActivities } from './layer-types.ts';

const VERIFY_MS = 300_000;
/** Of a script that fails for a reason that may pass: about seven minutes of pauses. What has not passed by then does not. */
const MAX_TRIES = 25;
/** How long a page may take to come up after its server was started. */
const PAGE_MS = 60_000;

export function layerActivities(
  deps: ActivityDependencies,
): Omit<LayerActivities, 'placeLayerSecrets' | 'forgetLayerSecrets'> {
  return {
    ...layerSurvey(deps),
    ...layerRestart(deps),

    async outlineLayer(ask) {
      const { layer, digest, steps, verifications } = await layerFor(deps, ask, ask.verb);
      const others = ask.verb === 'remove' ? neededBy(layer.name, ask.machine.layers) : [];
      if (others.length > 0)
        throw new CodedError('LAYER_NEEDED', `${layer.name} is needed by ${others.join(', ')}.`, {
          layer: layer.name,
        });
      return {
        version: layer.version,
        digest,
        hasSecrets: (layer.secrets ?? []).length > 0,
        // As long as a power order may take to a system that answers.
        restartMs: deps.bootDeadlines.dhcpDeadlineMs + deps.bootDeadlines.helloDeadlineMs,
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
      const { done } = step;
      // What ended while nobody listened is done as well; its log is fetched, and it is told as a change.
      const job = { operationId, step: `${ask.request.layer}: ${name}` };
      const isDone = await deps.hosts.with(
        deploymentOf(ask.machine),
        async (host) =>
          done !== undefined && !(await hasBegun(host, job)) && (await host.run(done)).exitCode === 0,
      );
      if (isDone) return { changed: false };
      await run(deps, { operationId, ...ask }, name, step.script, deadlineMs, 'LAYER_STEP_FAILED');
      return { changed: true };
    },

    async verifyLayer({ verification: wanted, deadlineMs, ...ask }) {
      const { verifications } = await layerFor(deps, ask, 'apply');
      for (const one of verifications) {
        if (wanted !== undefined && one.name !== wanted) continue;
        if (one.kind === 'http') await beating(() => look(one));
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

/**
 * A job with its log in the store. When the reason why it failed may pass, the activity is tried again, in Temporal's
 * own time, and each try may run the script once more; any other failure is the end.
 */
async function run(
  deps: ActivityDependencies,
  { operationId, machine, request }: AboutLayer,
  name: string,
  script: Shell,
  deadlineMs: number,
  code: 'LAYER_STEP_FAILED' | 'LAYER_VERIFY_FAILED',
): Promise<void> {
  const { attempt } = activityInfo();
  const mayPass = (result: Pick<JobResult, 'exitCode' | 'tail'>) =>
    attempt < MAX_TRIES && isPassing(result.exitCode, result.tail);
  const result = await deps.hosts.with(deploymentOf(machine), (host) =>
    runJob(deps.store, host, {
      operationId,
      step: `${request.layer}: ${name}`,
      deadlineMs,
      script,
      rounds: attempt,
      again: mayPass,
    }),
  );
  if (result.exitCode === 0) return;
  const last = result.tail.trim().split('\n').at(-1) ?? '';
  throw new CodedError(
    mayPass(result) ? 'LAYER_STEP_UNSETTLED' : code,
    `${request.layer}: ${name} ended with status ${result.exitCode}: ${last.slice(0, 300)}`,
  );
}

type Page = Extract<Verification, { kind: 'http' }>;

/** @throws CodedError LAYER_VERIFY_FAILED */
async function look(page: Page): Promise<void> {
  const until = Date.now() + PAGE_MS;
  for (;;) {
    const saw = await lookOnce(page);
    if (saw === undefined) return;
    if (Date.now() > until) throw new CodedError('LAYER_VERIFY_FAILED', `${page.name}: ${saw}`);
    await sleep(1_000, undefined, { signal: cancellationSignal() });
  }
}

/** @returns what is wrong with it. */
async function lookOnce({ url, status, contains }: Page): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
    const text = await response.text();
    if (response.status !== status) return `${url} answered ${response.status}`;
    return text.includes(contains) ? undefined : `${url} shows another page`;
  } catch (error) {
    return `${url} does not answer (${String((error as Error).cause ?? error)})`;
  }
}
