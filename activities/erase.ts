import { eraseScript, evidenceOf, planErase, probeScript, readProbe } from '../erase/index.ts';
import { CodedError, codeOf, type EraseLevel, type ErasePlan, withoutEvidence } from '../model/index.ts';
import type { Host, JobResult } from '../remote/index.ts';
import type { ActivityDependencies } from './deps.ts';
import { runJob } from './step-log.ts';
import type { About, EraseActivities } from './types.ts';

const MAX_PROBE_BYTES = 4 * 1024 * 1024;

/**
 * An erasure belongs to one operation and one boot of the machine. Once more in the same boot is harmless and gives the
 * same result; after a restart, or when the operation is over, the machine may be somebody else's.
 */
export function eraseActivities(deps: ActivityDependencies): EraseActivities {
  const { store, hosts } = deps;
  return {
    demandErasure: async ({ machine, request }) => demandErasure(deps, machine.name, request.erase),

    async outlineErase(about) {
      const { operationId, machine, session, request } = about;
      if (request.erase === 'none') return [];
      const level = request.erase;
      const found = await store.inventories.latest(machine.id);
      const plan = await hosts.with(session, async (host) =>
        planErase({
          machineName: machine.name,
          bootId: session.bootId,
          known: found?.inventory.disks ?? [],
          live: readProbe(await probe(host)),
          level,
          ...(request.fallback && { fallback: request.fallback }),
        }),
      );
      const kept = await store.evidence.keepPlan(operationId, plan);
      await demandIntent(deps, about, kept);
      return kept.disks.map(({ step, deadlineMs }) => ({ name: step, deadlineMs, group: 1 }));
    },

    async runEraseStep(about) {
      const { operationId, machine, session, step, deadlineMs } = about;
      const plan = await planOf(deps, operationId);
      const erasure = plan.disks.find((planned) => planned.step === step);
      if (!erasure)
        throw new CodedError('INTERNAL', `There is no step ${step} in the plan of ${operationId}.`);
      await demandIntent(deps, about, plan);
      const result = await hosts.with(session, (host) =>
        orDeadline(
          runJob(store, host, { operationId, step, deadlineMs, script: eraseScript(erasure), rounds: 1 }),
        ),
      );
      const evidence = evidenceOf({
        machineId: machine.id,
        operationId,
        plan,
        erasure,
        result,
        endedAt: new Date(),
      });
      await store.evidence.append(step, evidence);
      if (evidence.result === 'failed') {
        throw new CodedError('ERASE_FAILED', evidence.reason ?? `${step} failed.`, {
          step,
          serial: erasure.disk.serial,
        });
      }
    },

    async checkEvidence({ operationId, machine }) {
      const plan = await planOf(deps, operationId);
      const missing = withoutEvidence(plan, await store.evidence.ofOperation(operationId));
      if (missing.length === 0) return;
      const disks = missing.map(({ disk }) => `${disk.name} (serial ${disk.serial || 'unknown'})`).join(', ');
      throw new CodedError('ERASE_FAILED', `Nothing shows that ${disks} of ${machine.name} was erased.`);
    },
  };
}

function demandErasure({ erasePolicy }: ActivityDependencies, machine: string, level: EraseLevel): void {
  if (level !== 'none' || erasePolicy !== 'always') return;
  throw new CodedError('EVIDENCE_REQUIRED', `${machine} may not be released without erasing its disks.`);
}

async function probe(host: Host): Promise<string> {
  const { exitCode, stdout, stderr } = await host.run(probeScript(), {
    timeoutMs: 180_000,
    maxOutputBytes: MAX_PROBE_BYTES,
  });
  if (exitCode === 0) return stdout;
  throw new CodedError(
    'REMOTE_COMMAND_FAILED',
    `Asking the disks what they can do failed: ${stderr.trim().slice(-300)}`,
  );
}

async function planOf({ store }: ActivityDependencies, operationId: string): Promise<ErasePlan> {
  const plan = await store.evidence.plan(operationId);
  if (!plan) throw new CodedError('INTERNAL', `${operationId} has no plan of what to erase.`);
  return plan;
}

async function demandIntent(
  { store }: ActivityDependencies,
  { operationId, machine, session }: About,
  plan: ErasePlan,
): Promise<void> {
  const isSameBoot =
    plan.bootId === session.bootId && (await store.operations.consumeIntent(operationId, session.bootId));
  if (!isSameBoot) {
    throw new CodedError(
      'INTENT_USED',
      `${machine.name} was restarted after ${operationId} had begun to erase it.`,
    );
  }
  const operation = await store.operations.get(operationId);
  if (operation?.state === 'running') return;
  throw new CodedError('INTENT_USED', `${operationId} is over: it may not erase ${machine.name} any more.`);
}

/** A job that its deadline stopped has ended, badly: that is evidence as well. */
async function orDeadline(job: Promise<JobResult>): Promise<Pick<JobResult, 'exitCode' | 'tail'>> {
  try {
    return await job;
  } catch (error) {
    if (codeOf(error) !== 'STEP_DEADLINE') throw error;
    return { exitCode: 1, tail: (error as Error).message };
  }
}
