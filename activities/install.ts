import { cancellationSignal, heartbeat } from '@temporalio/activity';
import {
  enterInstalled,
  installSteps,
  isOutOfReach,
  layoutOf,
  parseHostKeyLines,
  startedSystem,
  stepFailure,
} from '../install/index.ts';
import { CodedError, codeOf, type DeployPlan, type Deployment, type HostKeyPin } from '../model/index.ts';
import type { Host, Shell } from '../remote/index.ts';
import { subnetOf } from './boot.ts';
import type { ActivityDependencies } from './deps.ts';
import type { Place } from './hosts.ts';
import { installContext } from './install-context.ts';
import { planOf } from './plan.ts';
import { runJob } from './step-log.ts';
import { demandClean, taint } from './taint.ts';
import type { About, InstallActivities } from './types.ts';

export function installActivities(deps: ActivityDependencies): InstallActivities {
  const { store, hosts } = deps;
  return {
    async runInstallStep({ operationId, machine, session, step: name, deadlineMs }) {
      const { plan } = await planOf(deps, operationId);
      const subnet = await subnetOf(store, machine);
      const step = installSteps(plan, await installContext(deps, plan, operationId, session, subnet)).find(
        (candidate) => candidate.name === name,
      );
      if (!step) throw new CodedError('INTERNAL', `There is no install step ${name}.`);
      if (step.holdsSecrets) await demandClean(store, session);
      if (step.runsImage) await taint(store, session);
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
      const context = await installContext(deps, plan, operationId, session, await subnetOf(store, machine));
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
      // A whole disk that nothing could be put into: it was restarted, and that is all that can be known.
      if (plan.image.kind === 'disk' && isOutOfReach(await configureLog(deps, about)))
        return deploymentFrom(about, plan, [], 'network');
      const hostKeys = await pinnedKeys(deps, about);
      await awaitSystem(deps, {
        address: plan.network.address,
        hostKeys,
        ...aboutSystem(plan),
      });
      const boot = await store.boots.get(about.session.bootId);
      return deploymentFrom(about, plan, hostKeys, boot?.pin ?? 'network');
    },

    async awaitDeployment({ deployment }) {
      // A whole-disk image that lets nobody in: nothing more can be known of it.
      if (deployment.hostKeys.length > 0) await awaitSystem(deps, deployment);
    },
  };
}

/** Until a deployed system answers there, from its disk unless it is one in memory; the deadline is the activity's. */
async function awaitSystem(
  { hosts }: ActivityDependencies,
  place: Place & Pick<Deployment, 'ephemeral' | 'layout'>,
): Promise<void> {
  const { looked, tidy } = startedSystem(place);
  const isUp = async (host: Host) => looked === undefined || (await host.run(looked)).exitCode === 0;
  for (;;) {
    heartbeat();
    const up = await hosts
      .with(place, isUp, { timeoutMs: 15_000, signal: cancellationSignal() })
      .catch((error: unknown) => {
        if (codeOf(error) === 'SSH_UNREACHABLE') return false;
        throw error;
      });
    if (up) {
      if (tidy) await hosts.with(place, (host) => runWhole(host, tidy));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function runWhole(host: Host, command: Shell): Promise<void> {
  const { exitCode, stdout, stderr } = await host.run(command);
  const failure = stepFailure('start the installed system', { exitCode, tail: stderr || stdout });
  if (failure) throw failure;
}

/** Of the deployment that this plan becomes. */
function aboutSystem(plan: DeployPlan): Pick<Deployment, 'ephemeral' | 'layout'> {
  const layout = layoutOf(plan);
  return { ...(plan.ephemeral && { ephemeral: plan.ephemeral }), ...(layout && { layout }) };
}

async function answers({ hosts }: ActivityDependencies, session: About['session']): Promise<boolean> {
  return hosts.with(session, async () => true, { timeoutMs: 15_000 }).catch(() => false);
}

/** The host keys that the installation made, as its log tells them. */
async function pinnedKeys(deps: ActivityDependencies, about: About): Promise<readonly string[]> {
  const keys = parseHostKeyLines(await configureLog(deps, about));
  if (keys.length === 0) throw new CodedError('INTERNAL', `${about.operationId} made no SSH host key.`);
  return keys;
}

async function configureLog({ store }: ActivityDependencies, { operationId }: About): Promise<string> {
  const lines = await store.operations.log(operationId, 'configure');
  return lines.map(({ line }) => line).join('\n');
}

function deploymentFrom(
  { operationId }: About,
  plan: DeployPlan,
  hostKeys: readonly string[],
  pin: HostKeyPin,
): Deployment {
  return {
    operationId,
    image: plan.image.name,
    imageSerial: plan.image.serial,
    ...aboutSystem(plan),
    address: plan.network.address,
    hostKeys,
    pin,
    since: new Date().toISOString(),
  };
}
