import { patched, proxyActivities } from '@temporalio/workflow';
import type { LayerActivities, PowerActivities } from '../activities/index.ts';
import type { MachineRecord } from '../model/machine.ts';
import { canSwitch, powerDriverTable } from '../model/power.ts';
import { siteQueue } from './messages.ts';
import { powerOrder, restart, restartWithin } from './policies.ts';
import { failWith, spokenTime, type Steps } from './steps.ts';

type Ask = Omit<Parameters<LayerActivities['restartForLayer']>[0], 'patienceMs'>;

/**
 * Has a machine start anew for a step of a layer. One that stays away, in a shutdown that never ends or in its firmware,
 * is switched off and on once, where that can be done without a person.
 */
export async function startAnew(
  steps: Steps,
  machine: MachineRecord,
  ask: Ask,
  restartMs: number | undefined,
): Promise<void> {
  const taskQueue = siteQueue(machine.site);
  const { layer } = ask.request;
  const begin = `${layer}: start ${machine.name} anew`;
  if (restartMs === undefined || !patched('cycled-when-it-stays-away')) {
    const { restartForLayer } = proxyActivities<LayerActivities>({ ...restart, taskQueue });
    await steps.run(begin, () => restartForLayer(ask));
    return;
  }
  const { restartForLayer } = proxyActivities<LayerActivities>({ ...restartWithin(restartMs), taskQueue });
  const comesBack = (name: string) =>
    steps.run(name, async (step) => {
      await step.waitFor(`${machine.name} to come back`, new Date(Date.now() + restartMs));
      return (await restartForLayer({ ...ask, patienceMs: restartMs })).isBack;
    });
  if (await comesBack(begin)) return;

  const canCycle = canSwitch(powerDriverTable[machine.power.driver]);
  if (canCycle) {
    const { orderPower } = proxyActivities<PowerActivities>({ ...powerOrder, taskQueue });
    const { operationId, bootId: occasion } = ask;
    await steps.run(`${layer}: cycle the power of ${machine.name}, which stays away`, () =>
      orderPower({ operationId, machine, action: 'cycle', occasion }),
    );
    if (await comesBack(`${layer}: await ${machine.name}`)) return;
  }
  const more = canCycle ? `, nor in as long after its power was cycled` : '';
  throw failWith({
    code: 'RESTART_OVERDUE',
    message: `${machine.name} was told to start anew for ${layer} and did not come back in ${spokenTime(restartMs)}${more}.`,
  });
}
