import { CodedError, type LayerRequest } from '../model/index.ts';
import type { Layer } from './layer.ts';
import { findLayer, parseParameters } from './registry.ts';

/**
 * What is laid, in which order: each layer after those that it requires, which come along when they are not there.
 * What is asked for is laid even when it is there; a requirement that is there is left alone.
 * @throws CodedError LAYER_NOT_FOUND, REQUEST_INVALID, LAYER_CONFLICT naming both, LAYER_CIRCLE
 */
export function layersInOrder(
  requests: readonly LayerRequest[],
  present: readonly string[],
  find: (name: string) => Layer = findLayer,
): readonly LayerRequest[] {
  const order: LayerRequest[] = [];
  const visit = (request: LayerRequest, way: readonly string[]): void => {
    if (way.includes(request.layer))
      throw new CodedError('LAYER_CIRCLE', `${[...way, request.layer].join(' needs ')}.`);
    const layer = find(request.layer);
    for (const need of layer.requires?.(parseParameters(layer, request.parameters)) ?? []) {
      const isThere = present.includes(need.layer) || order.some((one) => one.layer === need.layer);
      const asked = requests.find((one) => one.layer === need.layer);
      if (isThere && !(asked && !order.includes(asked))) continue;
      visit(asked ?? { layer: need.layer, parameters: need.parameters ?? {} }, [...way, request.layer]);
    }
    if (!order.includes(request)) order.push(request);
  };
  for (const request of requests) if (!order.includes(request)) visit(request, []);
  demandPeace([...present, ...order.map(({ layer }) => layer)], find);
  return order;
}

/** Of the layers that are laid: those that cannot do without this one. */
export function neededBy(
  name: string,
  present: readonly { readonly name: string; readonly parameters?: LayerRequest['parameters'] }[],
  find: (name: string) => Layer = findLayer,
): readonly string[] {
  return present
    .filter((other) => {
      const layer = known(other.name, find);
      const needs = layer?.requires?.(parseParameters(layer, other.parameters)) ?? [];
      return other.name !== name && needs.some((need) => need.layer === name);
    })
    .map((other) => other.name);
}

function demandPeace(names: readonly string[], find: (name: string) => Layer): void {
  for (const name of names) {
    // One that was laid by an older version, which this one does not know any more, cannot be asked.
    const conflicts = known(name, find)?.conflicts ?? [];
    const other = names.find((candidate) => conflicts.includes(candidate));
    if (other !== undefined)
      throw new CodedError('LAYER_CONFLICT', `${name} and ${other} cannot be on the same machine.`, {
        layer: name,
        other,
      });
  }
}

function known(name: string, find: (name: string) => Layer): Layer | undefined {
  try {
    return find(name);
  } catch {
    return undefined;
  }
}
