import { setTimeout as delay } from 'node:timers/promises';
import type { Laying } from '../model/index.ts';
import { CommandError, reportOf } from './command-error.ts';
import { exitStatus, statusOfFailure } from './exit-status.ts';
import type { View } from './output.ts';
import type { Session } from './session.ts';
import { clean } from './text.ts';
import { waitFor } from './wait/wait.ts';

const LOOK_MS = 500;

/** Shows the operations of a laying on several machines as they are asked for, until its end. @returns the exit status. */
export async function awaitLaying(session: Session, id: string): Promise<number> {
  const path = `/v1/layings/${id}`;
  const followed = new Set<string>();
  for (;;) {
    const laying = await session.api.get<Laying>(path);
    const targets = laying.machines.flatMap(({ name, operationId }) =>
      operationId === undefined || followed.has(operationId) ? [] : [{ machine: name, operationId }],
    );
    if (targets.length > 0) {
      const { statuses } = await waitFor(session, targets);
      const left = statuses.find(
        (status) => status === exitStatus.detached || status === exitStatus.waitTimedOut,
      );
      if (left !== undefined) {
        session.say(`  the whole of it: rackwright api GET ${path}`);
        return left;
      }
      for (const { operationId } of targets) followed.add(operationId);
    } else if (laying.state === 'running') {
      await delay(LOOK_MS);
    } else {
      await session.print(laying.machines, view);
      if (laying.failure)
        throw new CommandError(reportOf(laying.failure), statusOfFailure(laying.failure.code));
      return exitStatus.done;
    }
  }
}

const view: View<Laying['machines'][number]> = {
  name: ({ name }) => name,
  columns: [
    { title: 'MACHINE', cell: ({ name }) => name },
    { title: 'ROLE', cell: ({ role = '' }) => role },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'WHY', cell: ({ failure }) => clean(failure?.message ?? '') },
  ],
};
