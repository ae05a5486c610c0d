import { CodedError, type LayerPlace, layerSecretId, Secret } from '../model/index.ts';
import type { Store } from '../store/types.ts';
import { findMachine } from './find-machine.ts';
import { invalid } from './invalid.ts';
import type { CatalogueLayer, Parts } from './parts.ts';

/** @throws CodedError LAYER_NOT_FOUND */
export function demandLayer({ catalogue }: Parts, name: string): CatalogueLayer {
  const found = catalogue.layers.find((layer) => layer.name === name);
  if (found) return found;
  throw new CodedError('LAYER_NOT_FOUND', `there is no layer ${name}`);
}

/** Every machine that is named, deployed, once. @throws CodedError NOT_FOUND, STATE_CONFLICT, REQUEST_INVALID */
export async function placesOf(
  store: Store,
  named: readonly { readonly machine: string; readonly role?: string | undefined }[],
): Promise<readonly LayerPlace[]> {
  const places = await Promise.all(
    named.map(async ({ machine: ref, role = '' }) => {
      const { id, name, deployment } = await findMachine(store, ref);
      if (!deployment) throw new CodedError('STATE_CONFLICT', `${name} has no system of ours on it.`);
      return { machineId: id, name, address: deployment.address, role };
    }),
  );
  const twice = places.find(
    ({ machineId }, index) => places.findIndex((one) => one.machineId === machineId) < index,
  );
  if (twice) throw invalid('machines', `${twice.name} is named twice`);
  return places;
}

/** What only the operator knows, kept with that machine (`secretKeeper`, for all of a layer). @throws CodedError REQUEST_INVALID */
export async function keepSecrets(
  { store }: Parts,
  layer: CatalogueLayer,
  machineId: string,
  secrets: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const name of Object.keys(secrets))
    if (!layer.secrets.some((one) => one.name === name && one.from === 'operator'))
      throw invalid(`secrets.${name}`, `${layer.name} asks for no such secret`);
  for (const [name, value] of Object.entries(secrets))
    await store.secrets.put(layerSecretId(machineId, layer.name), name, new Secret(value));
}
