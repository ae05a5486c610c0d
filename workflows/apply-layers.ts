import { proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { LayingActivities } from '../activities/index.ts';
import type { LayerPlace, LayerRequest, Laying, LayingMachine, LayingRequest } from '../model/layer.ts';
import { layingQuery } from './messages.ts';
import { bookkeeping, wholeOperation } from './policies.ts';
import { failureOf, failWith } from './steps.ts';

const { askForLayer } = proxyActivities<LayingActivities>(bookkeeping);
const { awaitOperation } = proxyActivities<LayingActivities>(wholeOperation);

/**
 * Lays a layer on several machines: role after role, the machines of one role side by side within the limit. Without
 * roles each machine stands for itself, and those that fail keep none of the others from being tried. With roles the
 * next one begins when all of the one before are laid, and the first machine of the verifying
 * role uses the whole at the end.
 */
export async function applyLayers(input: LayingRequest): Promise<void> {
  const { layer, parameters, places, roles, verifier = roles[0], limit } = input;
  const machines: LayingMachine[] = places.map(({ machineId, name, role }) => ({
    machineId,
    name,
    state: 'waiting',
    ...(role !== '' && { role }),
  }));
  let laying: Laying = { layer, state: 'running', machines };
  setHandler(layingQuery, () => laying);
  const change = (place: LayerPlace, values: Partial<LayingMachine>): void => {
    laying = {
      ...laying,
      machines: laying.machines.map((one) =>
        one.machineId === place.machineId ? { ...one, ...values } : one,
      ),
    };
  };

  const carryOut = async (place: LayerPlace, only?: LayerRequest['only']): Promise<void> => {
    const request = {
      layer,
      parameters,
      ...(place.role !== '' && { role: place.role, members: places }),
      ...(only && { only }),
    };
    const key = `${workflowInfo().runId}/${place.machineId}/${only ?? 'all'}`;
    change(place, { state: 'running' });
    try {
      const { operationId } = await askForLayer({ machineId: place.machineId, request, key });
      change(place, { operationId });
      const { failure } = await awaitOperation({ operationId });
      if (failure) throw failWith(failure);
      change(place, { state: 'succeeded' });
    } catch (error) {
      change(place, { state: 'failed', failure: failureOf(error) });
    }
  };
  const demandNoFailure = (): void => {
    const failed = laying.machines.filter(({ state }) => state === 'failed');
    const [first] = failed;
    if (!first?.failure) return;
    const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
    const failure = { ...first.failure, message: `${first.name}${others}: ${first.failure.message}` };
    laying = { ...laying, state: 'failed', failure };
    throw failWith(failure);
  };

  for (const role of roles.length > 0 ? roles : ['']) {
    const group = places.filter((place) => place.role === role);
    await sideBySide(group, limit, (place) => carryOut(place, role === '' ? undefined : 'lay'));
    demandNoFailure();
  }
  const [first] = places.filter(({ role }) => role === verifier);
  if (first) await carryOut(first, 'verify');
  demandNoFailure();
  laying = { ...laying, state: 'succeeded' };
}

/** As many as the limit at a time, in their order. */
async function sideBySide<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}
