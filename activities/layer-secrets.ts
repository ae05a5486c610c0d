import { randomInt } from 'node:crypto';
import { allLayers, type LayerSecret, secretFile, secretFolder } from '../layers/index.ts';
import {
  CodedError,
  type LayerPlace,
  layerSecretId,
  layerSecretsOf,
  Secret,
  secretKeeper,
} from '../model/index.ts';
import { shell } from '../remote/index.ts';
import type { Store } from '../store/index.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import { layerFor } from './layer-on.ts';
import type { AboutLayer, LayerActivities } from './layer-types.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function layerSecretActivities(
  deps: ActivityDependencies,
): Pick<LayerActivities, 'placeLayerSecrets' | 'forgetLayerSecrets'> {
  const { store, hosts } = deps;
  return {
    placeLayerSecrets: (about) =>
      beating(async () => {
        const { layer } = await layerFor(deps, about, 'apply');
        const values: [string, Secret][] = [];
        for (const secret of layer.secrets ?? []) {
          const value = await secretValue(deps, about, secret);
          if (value) values.push([secret.name, value]);
        }
        await hosts.with(deploymentOf(about.machine), async (host) => {
          const folder = secretFolder(layer.name);
          const made = await host.run(shell`umask 077 && mkdir -p ${folder} && chmod 0700 ${folder}`);
          if (made.exitCode !== 0)
            throw new CodedError('REMOTE_COMMAND_FAILED', `${folder} cannot be made: ${made.stderr.trim()}`);
          for (const [name, value] of values)
            await host.write(secretFile(layer.name, name), value.reveal(), 0o600);
        });
      }),

    async forgetLayerSecrets({ machine, request }) {
      await hosts.with(deploymentOf(machine), (host) =>
        host.run(shell`rm -rf ${secretFolder(request.layer)}`),
      );
      if (keeperOf({ machine, request }) === machine.id)
        await store.secrets.delete(layerSecretId(machine.id, request.layer));
    },
  };
}

/** Of a machine that is given back. What other machines of a layer still go by is kept until they are, too. */
export async function forgetSecretsOfLayers(
  { secrets, machines }: Pick<Store, 'secrets' | 'machines'>,
  machineId: string,
): Promise<void> {
  const ids = await secrets.ids(layerSecretsOf(machineId));
  if (ids.length === 0) return;
  const others = (await machines.list()).filter(({ id }) => id !== machineId);
  const needed = others.flatMap(({ layers }) =>
    layers
      .filter(({ name, members }) => keeperAmong(name, members)?.machineId === machineId)
      .map(({ name }) => layerSecretId(machineId, name)),
  );
  for (const id of ids) if (!needed.includes(id)) await secrets.delete(id);
}

function keeperOf({ machine, request }: Pick<AboutLayer, 'machine' | 'request'>): string {
  return keeperAmong(request.layer, request.members)?.machineId ?? machine.id;
}

function keeperAmong(layer: string, members: readonly LayerPlace[] = []): LayerPlace | undefined {
  return secretKeeper(allLayers().get(layer)?.roles ?? [], members);
}

/** @throws CodedError LAYER_SECRET_MISSING */
async function secretValue(
  { store }: ActivityDependencies,
  about: AboutLayer,
  secret: LayerSecret,
): Promise<Secret | undefined> {
  const id = layerSecretId(keeperOf(about), about.request.layer);
  const kept = await store.secrets.get(id, secret.name);
  if (kept) return kept;
  if (secret.from === 'operator') {
    if (secret.optional) return undefined;
    throw new CodedError(
      'LAYER_SECRET_MISSING',
      `${about.request.layer} needs ${secret.name}: ${secret.does}.`,
      { layer: about.request.layer, secret: secret.name },
    );
  }
  const made = Array.from({ length: 32 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  // Two machines of one layer may ask at the same time: what is kept first is what both get.
  await store.secrets.add(id, secret.name, new Secret(made));
  return store.secrets.get(id, secret.name);
}
