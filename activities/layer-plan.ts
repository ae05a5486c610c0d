import { createHash } from 'node:crypto';
import { describeLayer, layersInOrder } from '../layers/index.ts';
import { CodedError } from '../model/index.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import { layerOn } from './layer-on.ts';
import { findSubnet } from './boot.ts';
import type { LayerPlanActivities } from './layer-types.ts';

export function layerPlanActivities({ store }: ActivityDependencies): LayerPlanActivities {
  return {
    async previewLayers({ machineId, requests }) {
      const machine = await store.machines.get(machineId);
      if (!machine) throw new CodedError('NOT_FOUND', `There is no machine ${machineId}.`);
      const { image, address } = deploymentOf(machine);
      const packageProxy = (await findSubnet(store, machine))?.packageProxy;
      const ground = { image, address, machineName: machine.name, packageProxy };
      const order = layersInOrder(
        requests,
        machine.layers.map(({ name }) => name),
      );
      const made = order.map((request) => layerOn(request, ground, 'apply'));
      return { digest: layersDigest(made), lines: made.flatMap((one) => describeLayer(one.layer, one)) };
    },
  };
}

/** Of several layers that are laid together, in their order: SHA-256 of their digests. */
export function layersDigest(layers: readonly { readonly digest: string }[]): string {
  return createHash('sha256')
    .update(layers.map(({ digest }) => digest).join('\n'))
    .digest('hex');
}
