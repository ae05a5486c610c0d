import {
  outlineScripts,
  outcomeCommand,
  type Outcome,
  readOutcome,
  type RunContext,
  runFolder,
  runScriptJob,
  shippedScripts,
} from '../inventory/index.ts';
import {
  CodedError,
  codeOf,
  type PlannedRun,
  type Script,
  type ScriptOutline,
  type ScriptResult,
  type ScriptTarget,
  type TestRequest,
} from '../model/index.ts';
import type { Host, JobResult } from '../remote/index.ts';
import { subnetOf } from './boot.ts';
import { collectAgain } from './commission.ts';
import type { ActivityDependencies } from './deps.ts';
import { runJob } from './step-log.ts';
import type { AboutScripts, OutlinedStep, ScriptActivities } from './types.ts';

const nothingAsked: TestRequest = { scripts: [], parameters: {}, destructive: false };

export function scriptActivities(deps: ActivityDependencies): ScriptActivities {
  const { store, hosts } = deps;
  return {
    async outlineScripts(about) {
      const { operationId } = about;
      const decided = await store.scripts.outline(operationId);
      if (decided) return decided.runs.map(toStep);
      const { outline, used } = await decide(deps, about);
      await store.scripts.pin(operationId, outline, used);
      // Another try may have been quicker; its decision counts.
      return (await outlineOf(deps, operationId)).runs.map(toStep);
    },

    async runScript(about) {
      const { operationId, step } = about;
      const outline = await outlineOf(deps, operationId);
      const run = outline.runs.find((candidate) => candidate.step === step);
      if (!run) throw new CodedError('INTERNAL', `${operationId} has no run ${step}.`);
      const script = await store.scripts.version(run.sha256);
      if (!script) throw new CodedError('INTERNAL', `Version ${run.sha256} of ${run.script} is not kept.`);
      const startedAt = new Date().toISOString();
      const { outcome, tail } =
        run.skip === undefined
          ? await hosts.with(about.session, (host) => carryOut(deps, about, host, run, script))
          : { outcome: { verdict: 'skipped', reason: run.skip, values: {} } as const, tail: '' };
      await store.scripts.addResult(resultOf(about, run, script, outcome, { startedAt, tail }));
      if (script.metadata.recommission && outcome.verdict === 'passed') await collectAgain(deps, about);
      const { verdict } = outcome;
      return { status: verdict === 'degraded' ? 'passed' : verdict };
    },

    async judgeScripts({ operationId, machine }) {
      const { runs } = await outlineOf(deps, operationId);
      const kept = await store.scripts.results(machine.id, { operationId, limit: runs.length + 1 });
      const results = new Map(kept.map((result) => [result.step, result]));
      const failed = runs.flatMap((run) => {
        const result = results.get(run.step);
        if (!result) return [`${run.step}: it left no result`];
        return result.verdict === 'failed' ? [`${run.step}: ${result.reason ?? 'it failed'}`] : [];
      });
      const [first, ...others] = failed;
      if (first === undefined) return;
      const more = others.length === 0 ? '' : `; ${others.length} more failed`;
      throw new CodedError('TEST_FAILED', `${first}${more}.`, {
        failed: failed.length,
        of: runs.length,
      });
    },
  };
}

function toStep({ step, deadlineMs, group }: PlannedRun): OutlinedStep {
  return { name: step, deadlineMs, group };
}

async function decide(
  { store }: ActivityDependencies,
  { machine, purpose, request = nothingAsked }: AboutScripts,
): Promise<{ readonly outline: ScriptOutline; readonly used: readonly Script[] }> {
  if (request.destructive && machine.deployment)
    throw new CodedError('STATE_CONFLICT', `${machine.name} has a system on its disks: release it first.`);
  const found = await store.inventories.latest(machine.id);
  if (!found) throw new CodedError('STATE_CONFLICT', `${machine.name} was not commissioned yet.`);
  const shipped = await shippedScripts();
  const taken = new Set(shipped.map(({ metadata }) => metadata.name));
  const own = (await store.scripts.list())
    .map(({ script }) => script)
    .filter(({ metadata }) => !taken.has(metadata.name));
  const known = [...shipped, ...own];
  const outline = outlineScripts(known, purpose, request, found.inventory);
  const digests = new Set(outline.runs.map(({ sha256 }) => sha256));
  return { outline, used: known.filter(({ sha256 }) => digests.has(sha256)) };
}

async function outlineOf({ store }: ActivityDependencies, operationId: string): Promise<ScriptOutline> {
  const outline = await store.scripts.outline(operationId);
  if (outline) return outline;
  throw new CodedError('INTERNAL', `${operationId} has decided on no scripts.`);
}

interface CarriedOut {
  readonly outcome: Outcome;
  readonly tail: string;
}

async function carryOut(
  deps: ActivityDependencies,
  about: AboutScripts & { readonly deadlineMs: number },
  host: Host,
  run: PlannedRun,
  script: Script,
): Promise<CarriedOut> {
  const { operationId } = about;
  let ended: JobResult;
  try {
    ended = await runJob(deps.store, host, {
      operationId,
      step: run.step,
      deadlineMs: about.deadlineMs,
      script: runScriptJob(run, script, await contextOf(deps, about)),
      rounds: 1,
    });
  } catch (error) {
    // The script's own doing: it has a verdict. Anything else keeps it from having one, and is tried again.
    const code = codeOf(error);
    if (code !== 'STEP_DEADLINE' && code !== 'REMOTE_OUTPUT_REFUSED') throw error;
    return {
      outcome: { verdict: 'failed', reason: (error as Error).message.slice(0, 300), values: {} },
      tail: '',
    };
  }
  const { stdout } = await host.run(outcomeCommand(runFolder(operationId, run.step)));
  return { outcome: readOutcome(stdout, ended.tail, run.timeoutSeconds), tail: ended.tail };
}

async function contextOf(
  { store, artefactUrl }: ActivityDependencies,
  { operationId, machine, session }: AboutScripts,
): Promise<RunContext> {
  // Where it is now, not where it was when the operation began.
  const { serverAddress, gateway, packageProxy } = await subnetOf(store, { ...machine, session });
  return {
    operationId,
    machineName: machine.name,
    controller: serverAddress,
    artefactUrl: artefactUrl(serverAddress, session.squashfs),
    ...(gateway && { gateway }),
    ...(packageProxy && { packageProxy }),
  };
}

function resultOf(
  { operationId, machine }: AboutScripts,
  run: PlannedRun,
  { metadata }: Script,
  outcome: Outcome,
  { startedAt, tail }: { readonly startedAt: string; readonly tail: string },
): ScriptResult {
  const target: ScriptTarget | undefined = run.target;
  return {
    operationId,
    machineId: machine.id,
    step: run.step,
    script: run.script,
    sha256: run.sha256,
    type: metadata.type,
    hardware: metadata.hardware,
    ...(target && { target }),
    ...outcome,
    startedAt,
    endedAt: new Date().toISOString(),
    tail,
  };
}
