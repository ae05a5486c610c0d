import { setTimeout } from 'node:timers/promises';
import { unmountTarget } from '../install/index.ts';
import { codeOf } from '../model/index.ts';
import { type Host, jobUnit, lines, type Shell, shell } from '../remote/index.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './deps.ts';
import type { Place } from './hosts.ts';
import { wantsConsole } from './boot.ts';
import { pinByConsole } from './host-key.ts';
import { jobPrefix } from './step-log.ts';
import { isTainted, taint } from './taint.ts';
import type { SessionActivities } from './types.ts';

/** A machine that does not take the order to end in this time is switched off by its BMC. */
const SHUT_DOWN_MS = 90_000;

export function sessionActivities(deps: ActivityDependencies): SessionActivities {
  const { store, hosts } = deps;
  /** Undefined when nobody answers there who is who we know: nothing was sent to whoever did. */
  const ifThere = async <Result>(place: Place, work: (host: Host) => Promise<Result>) => {
    try {
      return await hosts.with(place, work, { timeoutMs: 30_000 });
    } catch (error) {
      const code = codeOf(error);
      if (code === 'SSH_UNREACHABLE' || code === 'SSH_HOST_KEY_CHANGED' || code === 'SSH_LOGIN_REFUSED')
        return undefined;
      throw error;
    }
  };
  return {
    async probeSession({ session, machine }) {
      if (await isTainted(store, session)) return false;
      if (machine && (await wantsConsole(deps, machine))) {
        const boot = await store.boots.get(session.bootId);
        if (boot?.pin !== 'console') await pinByConsole(deps, machine, session);
      }
      const seen = await ifThere(session, (host) => host.run(shell`grep -q root=squash: /proc/cmdline`));
      if (seen?.exitCode === 0) await store.boots.sign(session.bootId, 'ssh', new Date());
      return seen?.exitCode === 0;
    },

    checkConsole: ({ session, machine }) => pinByConsole(deps, machine, session),

    async stopRemoteWork({ operationId, place }) {
      await hosts.with(place, (host) => host.run(stopJobs(operationId), { timeoutMs: 50_000 }), {
        timeoutMs: 15_000,
      });
    },

    async letIn({ session, sshKeys }) {
      // What people do there nobody knows: the next operation starts anew.
      await taint(store, session);
      await hosts.with(session, async (host) => {
        const known = '/root/.ssh/authorized_keys';
        const { stdout } = await host.run(shell`cat ${known}`);
        const added = sshKeys.filter((key) => !stdout.split('\n').includes(key));
        if (added.length > 0) await host.write(known, `${stdout.trimEnd()}\n${added.join('\n')}\n`, 0o600);
      });
    },

    shutDown: ({ deployment }) =>
      beating(async () => {
        // A whole-disk image that lets nobody in.
        if (deployment.hostKeys.length === 0) return;
        const asked = await ifThere(deployment, (host) =>
          host.run(shell`systemd-run --quiet --no-block --collect systemctl poweroff`),
        );
        if (!asked) return;
        const until = Date.now() + SHUT_DOWN_MS;
        while (Date.now() < until && (await ifThere(deployment, (host) => host.run(shell`:`)))) {
          await setTimeout(1_000);
        }
      }),
  };
}

/** Units that systemd does not know any more are nothing to stop. */
function stopJobs(operationId: string): Shell {
  return lines(
    shell`systemctl stop ${`${jobUnit(jobPrefix(operationId))}*`}`,
    shell`systemctl reset-failed ${`${jobUnit(jobPrefix(operationId))}*`} 2>/dev/null || :`,
    unmountTarget(),
  );
}
