import { proxyActivities } from '@temporalio/workflow';
import type { ScriptActivities } from '../activities/index.ts';
import type { EphemeralSession, MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { TestRequest } from '../model/requests.ts';
import { bringUp, expectArrival, stopOnMachine } from './bring-up.ts';
import { runGroups } from './groups.ts';
import { siteQueue } from './messages.ts';
import { conversation, remoteJob } from './policies.ts';
import { createSteps, stoppable } from './steps.ts';

export interface TestInput {
  readonly machine: MachineRecord;
  readonly operation: Operation;
  readonly request: TestRequest;
}

/** Runs tests on a machine in memory. All of them run, also after one has failed; the verdict comes last. */
export async function test({ machine, operation, request }: TestInput): Promise<EphemeralSession> {
  const expected = expectArrival();
  const steps = createSteps(operation);
  const taskQueue = siteQueue(machine.site);
  const near = proxyActivities<ScriptActivities>({ ...conversation, taskQueue });
  return stoppable(
    async () => {
      const session = await bringUp(steps, machine, expected, { purpose: 'test' });
      const about = { operationId: operation.id, machine, session };
      const outline = await steps.run('choose the tests', () =>
        near.outlineScripts({ ...about, purpose: 'test', request }),
      );
      await runGroups(steps, outline, ({ name, deadlineMs }) => {
        const { runScript } = proxyActivities<ScriptActivities>({ ...remoteJob(deadlineMs), taskQueue });
        return runScript({ ...about, purpose: 'test', request, step: name, deadlineMs });
      });
      await steps.run('judge', () => near.judgeScripts({ ...about, purpose: 'test' }));
      return session;
    },
    () => stopOnMachine(steps, machine, expected),
  );
}
