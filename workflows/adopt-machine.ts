import { proxyActivities } from '@temporalio/workflow';
import type { AdoptActivities, HostFactsActivities } from '../activities/index.ts';
import type { AdoptAnswer, AdoptRequest } from '../model/adoption.ts';
import { siteQueue } from './messages.ts';
import { bookkeeping, whileAsked } from './policies.ts';
import { failWith, failureOf, now } from './steps.ts';

const { introduceMachine } = proxyActivities<AdoptActivities>({
  ...bookkeeping,
  scheduleToCloseTimeout: '30s',
});

/** Looks at a machine that runs already, and gives it a workflow of its own. Nothing on it is changed. */
export async function adoptMachine(request: AdoptRequest): Promise<AdoptAnswer> {
  const { address, hostKeys, site } = request;
  const { readHostFacts } = proxyActivities<HostFactsActivities>({
    ...whileAsked,
    taskQueue: siteQueue(site),
  });
  const facts = await readHostFacts({ address, hostKeys }).catch((error: unknown) => {
    const failure = failureOf(error);
    if (failure.code !== 'STEP_DEADLINE') throw failWith(failure);
    const message = `Nobody at site ${site} could look at ${address} in time. Who serves it: rackwright site list`;
    throw failWith({ ...failure, message });
  });
  return introduceMachine({ request, facts, at: now() });
}
