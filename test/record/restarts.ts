import type { Fleet } from '../../lab/sim/fleet.ts';
import type { SimService } from '../../lab/sim/run/service.ts';
import { healthy } from '../../lab/sim/run/stories.ts';
import { configure, enlist } from '../../lab/sim/run/story.ts';
import type { Operation } from '../../model/index.ts';
import { machineWorkflowId } from '../../workflows/messages.ts';
import { asking } from './ask.ts';
import type { Case } from './story.ts';

/**
 * Three machines are started anew by a layer. One comes back; one hangs, and its BMC can be asked; one hangs, and nobody
 * but a person could switch it. To what a simulated machine does not know, as a layer's commands, it says yes.
 */
export async function tellRestarts(
  service: SimService,
  fleet: Fleet,
  image: string,
): Promise<readonly Case[]> {
  const people = asking(service);
  const [well, hangs] = fleet.machines;
  const known = await enlist(
    service,
    fleet,
    fleet.machines.map(() => healthy),
    60_000,
    () => undefined,
  );
  await configure(
    service,
    known.filter(({ place }) => place === well || place === hangs),
  );
  const each = known.map(async ({ id, place }): Promise<Case> => {
    await people.run(id, 'commission');
    await people.run(id, 'deploy', { image });
    if (place !== well) place.machine.arm([{ kind: 'panic', at: 'start anew', when: 'before' }]);
    const operationId = await people.ask(id, 'layers', { layer: 'xen', parameters: {} });
    const operation: Operation = await people.ended(operationId);
    const name = place === well ? 'started-anew' : place === hangs ? 'its-power-cycled' : 'stays-away';
    return { type: 'applyLayer', name, workflowId: machineWorkflowId(operationId), operation };
  });
  return Promise.all(each);
}
