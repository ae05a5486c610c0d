import { type Demand, fingerprintsOf, keyFetch, layersInOrder } from '../layers/index.ts';
import { CodedError } from '../model/index.ts';
import type { Host } from '../remote/index.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import { layerFor } from './layer-on.ts';
import { layersDigest } from './layer-plan.ts';
import type { LayerActivities } from './layer-types.ts';

/** A slow mirror is given this long for one file, which is fetched whole where its checksum is demanded. */
const DEMAND_MS = 600_000;

export function layerSurvey(deps: ActivityDependencies): Pick<LayerActivities, 'surveyLayers'> {
  return {
    surveyLayers: ({ operationId, machine, requests }) =>
      beating(async () => {
        const present = machine.layers.map(({ name }) => name);
        const order = layersInOrder(requests, present);
        const made = await Promise.all(
          order.map((request) => layerFor(deps, { operationId, machine, request }, 'apply')),
        );
        const shown = requests.find(({ planDigest }) => planDigest !== undefined)?.planDigest;
        const now = layersDigest(made);
        if (shown !== undefined && !now.startsWith(shown))
          throw new CodedError(
            'LAYER_CHANGED',
            `What would be laid on ${machine.name} is not what was shown.`,
            {
              shown,
              now,
            },
          );
        const demands = made.flatMap(({ layer, demands }) =>
          demands.map((demand) => ({ layer: layer.name, demand })),
        );
        if (demands.length === 0) return order;
        await deps.hosts.with(deploymentOf(machine), async (host) => {
          for (const { layer, demand } of demands) {
            const why = await unmet(host, demand, made[0]?.packageProxy);
            if (why)
              throw new CodedError(why.code, `${layer}: ${why.reason}.`, { layer, demand: demand.name });
          }
        });
        return order;
      }),
  };
}

async function unmet(host: Host, demand: Demand, packageProxy: string | undefined) {
  if (demand.kind === 'script') {
    const { exitCode, stdout } = await host.run(demand.script, { timeoutMs: DEMAND_MS });
    if (exitCode === 0) return undefined;
    const reason = lastLine(stdout) || `it does not have ${demand.name}`;
    return { code: demand.code, reason };
  }
  const fetched = await host.run(keyFetch(demand.url, packageProxy), { timeoutMs: DEMAND_MS });
  if (fetched.exitCode !== 0)
    return {
      code: 'MIRROR_UNREACHABLE' as const,
      reason: `${demand.url} is not reached: ${lastLine(fetched.stderr)}`,
    };
  const found = await fingerprintsOf(Buffer.from(fetched.stdout, 'base64')).catch(() => []);
  if (found.length === 1 && found[0] === demand.fingerprint) return undefined;
  const is = found.length === 0 ? 'no OpenPGP key' : `the key ${found.join(', ')}`;
  return { code: 'KEY_DIFFERS' as const, reason: `${demand.url} is ${is}, not ${demand.fingerprint}` };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300).replace(/\.$/, '') ?? '';
}
