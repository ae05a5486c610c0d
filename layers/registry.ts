import { CodedError } from '../model/index.ts';
import type { Layer } from './layer.ts';
import { kvm } from './kvm/kvm.ts';
import { nginx } from './nginx/nginx.ts';
import { openstack } from './openstack/openstack.ts';
import { qemu } from './qemu/qemu.ts';

/** All that there are. A new layer is a folder and a line here. */
export function allLayers(): ReadonlyMap<string, Layer> {
  const layers: readonly Layer[] = [kvm, nginx, openstack, qemu];
  return new Map(layers.map((layer) => [layer.name, layer]));
}

/** @throws CodedError LAYER_NOT_FOUND */
export function findLayer(name: string): Layer {
  const layers = allLayers();
  const layer = layers.get(name);
  if (layer) return layer;
  throw new CodedError(
    'LAYER_NOT_FOUND',
    `There is no layer ${JSON.stringify(name.slice(0, 64))}; there is ${[...layers.keys()].join(', ')}.`,
  );
}

/** @throws CodedError REQUEST_INVALID naming the parameter */
export function parseParameters<Parameters>(layer: Layer<Parameters>, values: unknown): Parameters {
  const parsed = layer.parameters.safeParse(values ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new CodedError(
    'REQUEST_INVALID',
    `Layer ${layer.name}: ${field === '' ? '' : `parameter ${field}: `}${issue?.message ?? 'invalid parameters'}`,
    { layer: layer.name, field },
  );
}

/** What people may choose from, without the code. */
export function layerCatalogue(): readonly Pick<Layer, 'name' | 'version' | 'summary' | 'systems'>[] {
  return [...allLayers().values()].map(({ name, version, summary, systems }) => ({
    name,
    version,
    summary,
    systems,
  }));
}
