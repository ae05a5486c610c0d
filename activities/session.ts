import { codeOf } from '../model/index.ts';
import { shell } from '../remote/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { SessionActivities } from './types.ts';

export function sessionActivities({ store, hosts }: ActivityDependencies): SessionActivities {
  return {
    async probeSession({ session }) {
      try {
        const { exitCode } = await hosts.with(
          session,
          (host) => host.run(shell`grep -q root=squash: /proc/cmdline`),
          {
            timeoutMs: 30_000,
          },
        );
        if (exitCode === 0) await store.boots.sign(session.bootId, 'ssh', new Date());
        return exitCode === 0;
      } catch (error) {
        // Gone, or somebody else by now: both mean that it has to be booted. Nothing was sent to it.
        const code = codeOf(error);
        if (code === 'SSH_UNREACHABLE' || code === 'SSH_HOST_KEY_CHANGED' || code === 'SSH_LOGIN_REFUSED')
          return false;
        throw error;
      }
    },
  };
}
