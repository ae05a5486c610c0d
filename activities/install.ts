import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { enterInstalled, installSteps, parseHostKeyLine, stepFailure } from '../install/index.ts';
import { CodedError, codeOf, type Deployment } from '../model/index.ts';
import { shell } from '../remote/index.ts';
import { subnetOf } from './boot.ts';
import type { ActivityDependencies } from './deps.ts';
import { installContext } from './install-context.ts';
import { planOf } from './plan.ts';
import { runJob } from './step-log.ts';
import type { About, InstallActivities } from './types.ts';

export function installActivities(deps: ActivityDependencies): InstallActivities {
  const { store, hosts } = deps;
  return {
    async runInstallStep({ operationId, machine, session, step: name, deadlineMs }) {
      const { plan } = await planOf(deps, operationId);
      const subnet = await subnetOf(store, machine);
      const step = installSteps(plan, installContext(deps, plan, operationId, session, subnet)).find(
        (candidate) => candidate.name === name,
      );
      if (!step) throw new CodedError('INTERNAL', `There is no install step ${name}.`);
      const result = await hosts.with(session, (host) =>
        runJob(store, host, {
          operationId,
          step: name,
          deadlineMs,
          script: step.script,
          rounds: step.destructive ? 1 : 2,
        }),
      );
      const failure = stepFailure(name, result);
      if (failure) throw failure;
    },

    async enterInstalled({ operationId, machine, session }) {
      const { plan } = await planOf(deps, operationId);
      const context = installContext(deps, plan, operationId, session, await subnetOf(store, machine));
      const { load, go } = enterInstalled(plan, context);
      await hosts
        .with(session, async (host) => {
          for (const command of [load, go]) {
            const { exitCode, stdout, stderr } = await host.run(command, { timeoutMs: 180_000 });
            const failure = stepFailure('leave the memory system', { exitCode, tail: stderr || stdout });
            if (failure) throw failure;
          }
        })
        .catch(async (error: unknown) => {
          // It may have left before its answer got out; then the next step finds the installed system.
          if (codeOf(error) !== 'SSH_UNREACHABLE' || (await answers(deps, session))) throw error;
        });
    },

    async awaitInstalled(about) {
      const { plan } = await planOf(deps, about.operationId);
      const hostKeys = await pinnedKeys(deps, about);
      const place = { address: plan.network.address, hostKeys };
      for (;;) {
        heartbeat();
        const up = await hosts
          .with(place, (host) => host.run(shell`! grep -q root=squash: /proc/cmdline`), {
            timeoutMs: 15_000,
            signal: cancellationSignal(),
          })
          .catch((error: unknown) => {
            if (codeOf(error) === 'SSH_UNREACHABLE') return undefined;
            throw error;
          });
        if (up?.exitCode === 0) return deploymentFrom(about, plan, hostKeys);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    },
  };
}

async function answers({ hosts }: ActivityDependencies, session: About['session']): Promise<boolean> {
  return hosts.with(session, async () => true, { timeoutMs: 15_000 }).catch(() => false);
}

/** The host keys that the installation made, as its log tells them. */
async function pinnedKeys(
  { store }: ActivityDependencies,
  { operationId }: About,
): Promise<readonly string[]> {
  const lines = await store.operations.log(operationId, 'configure');
  const key = parseHostKeyLine(lines.map(({ line }) => line).join('\n'));
  if (!key) throw new CodedError('INTERNAL', `${operationId} made no SSH host key.`);
  return [key];
}

function deploymentFrom(
  { operationId }: About,
  plan: Awaited<ReturnType<typeof planOf>>['plan'],
  hostKeys: readonly string[],
): Deployment {
  return {
    operationId,
    image: plan.image.name,
    imageSerial: plan.image.serial,
    address: plan.network.address,
    hostKeys,
    since: new Date().toISOString(),
  };
}
