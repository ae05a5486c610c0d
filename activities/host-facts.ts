import { hostFactsBytes, hostFactsScript, parseHostFacts } from '../inventory/index.ts';
import { CodedError, codeOf } from '../model/index.ts';
import { parsePublicKey } from '../remote/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { Place } from './hosts.ts';
import type { HostFactsActivities } from './types.ts';

/** A person waits for the answer. */
const CONNECT_MS = 10_000;
const READ_MS = 15_000;

export function hostFactsActivities({ hosts, ssh }: ActivityDependencies): HostFactsActivities {
  return {
    async readHostFacts(place) {
      demandKeys(place);
      const { exitCode, stdout } = await hosts
        .with(
          place,
          (host) => host.run(hostFactsScript(), { timeoutMs: READ_MS, maxOutputBytes: hostFactsBytes }),
          { timeoutMs: CONNECT_MS },
        )
        .catch((error: unknown) => {
          throw codeOf(error) === 'SSH_LOGIN_REFUSED' ? notLetIn(place, ssh.publicLine) : error;
        });
      if (exitCode === 0) return parseHostFacts(stdout);
      throw new CodedError(
        'REMOTE_COMMAND_FAILED',
        `What ${place.address} is could not be read: exit status ${exitCode}.`,
      );
    },
  };
}

/** One that we cannot read is not left out in silence: it may be the one that was meant. */
function demandKeys({ hostKeys }: Place): void {
  const index = hostKeys.findIndex((line) => parsePublicKey(line) === undefined);
  if (index < 0) return;
  const field = `hostKeys.${index}`;
  throw new CodedError('REQUEST_INVALID', `${field}: is no host key that we can check`, { field });
}

function notLetIn({ address }: Place, publicLine: string): CodedError {
  return new CodedError(
    'SSH_LOGIN_REFUSED',
    `${address} does not let root in with our key. This line has to be in /root/.ssh/authorized_keys there: ${publicLine}`,
    { address },
  );
}
