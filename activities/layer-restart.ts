import { cancellationSignal } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, codeOf } from '../model/index.ts';
import { readBootId, shell } from '../remote/index.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import { layerFor } from './layer-on.ts';
import type { LayerActivities } from './layer-types.ts';

const LOOK_MS = 1_000;

/** A machine that starts anew because a layer asks for it: known by the id of its boot, which is another one after. */
export function layerRestart(
  deps: ActivityDependencies,
): Pick<LayerActivities, 'readBootIdOf' | 'restartForLayer'> {
  const { hosts } = deps;
  return {
    readBootIdOf: ({ machine }) => hosts.with(deploymentOf(machine), readBootId),

    restartForLayer: ({ step: name, bootId, patienceMs = Number.POSITIVE_INFINITY, ...ask }) =>
      beating(async () => {
        const { steps } = await layerFor(deps, ask, ask.verb);
        const step = steps.find((candidate) => candidate.name === name);
        if (!step?.done)
          throw new CodedError('INTERNAL', `${ask.request.layer}: ${name} cannot be told to be done.`);
        const { done } = step;
        const place = deploymentOf(ask.machine);
        const until = Date.now() + patienceMs;
        // Asked for until it is heeded: the connection may break before the machine has heard, and after it.
        for (;;) {
          cancellationSignal().throwIfAborted();
          const state = await hosts
            .with(
              place,
              async (host) => {
                if ((await readBootId(host)) === bootId) {
                  await host.run(shell`systemctl reboot`);
                  return 'leaving' as const;
                }
                // Units that the step needs are started in their own time.
                await host.run(shell`systemctl is-system-running --wait`, { timeoutMs: 120_000 });
                return (await host.run(done)).exitCode === 0 ? ('as wanted' as const) : ('another' as const);
              },
              { timeoutMs: 15_000, signal: cancellationSignal() },
            )
            .catch((error: unknown) => {
              const code = codeOf(error);
              if (code === 'SSH_UNREACHABLE' || code === 'STEP_DEADLINE') return 'away' as const;
              throw error;
            });
          if (state === 'as wanted') return { isBack: true };
          if (state === 'another')
            throw new CodedError(
              'RESTART_FAILED',
              `${ask.machine.name} was started anew, and after it ${ask.request.layer}: ${name} does not hold.`,
            );
          if (Date.now() > until) return { isBack: false };
          await sleep(LOOK_MS);
        }
      }),
  };
}
