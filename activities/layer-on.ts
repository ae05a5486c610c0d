import { upgradePlan } from '../install/index.ts';
import { findLayer, type Layer, layerDigest, parseParameters } from '../layers/index.ts';
import { CodedError, type LayerRequest } from '../model/index.ts';
import type { Ipv4 } from '../net/index.ts';
import { findSubnet } from './boot.ts';
import type { ActivityDependencies } from './deps.ts';
import { deploymentOf } from './hosts.ts';
import type { AboutLayer } from './layer-types.ts';

export type LayerVerb = 'apply' | 'remove';

/** The machine that a layer is laid on. */
export interface LayerGround {
  readonly image: string;
  readonly machineName: string;
  readonly address: Ipv4;
  readonly packageProxy: string | undefined;
}

/**
 * A layer as it will be on one machine.
 * @throws CodedError LAYER_NOT_FOUND, LAYER_UNSUPPORTED, LAYER_ROLES, and REQUEST_INVALID naming the parameter
 */
export function layerOn(request: LayerRequest, on: LayerGround, verb: LayerVerb) {
  const { image, machineName, address, packageProxy } = on;
  const layer = findLayer(request.layer);
  if (!layer.systems.includes(image)) {
    throw new CodedError(
      'LAYER_UNSUPPORTED',
      `${layer.name} supports ${layer.systems.join(', ')}, not ${image}.`,
    );
  }
  // Which role it had is known of what is laid, and of nothing else.
  if (verb === 'remove' && (layer.roles ?? []).length > 0 && request.role === undefined)
    throw new CodedError('LAYER_NOT_LAID', `${machineName} has no layer ${layer.name}.`, {
      layer: layer.name,
    });
  demandRoles(layer, request);
  const context = {
    machineName,
    address,
    system: image,
    parameters: parseParameters(layer, request.parameters),
    members: request.members ?? [],
    ...(packageProxy !== undefined && { packageProxy }),
    ...(request.role !== undefined && { role: request.role }),
  };
  const deeds = {
    demands: verb === 'apply' ? (layer.demands?.(context) ?? []) : [],
    steps: layer[verb](context),
    verifications: layer.verify(context),
  };
  return { layer, ...deeds, packageProxy, digest: layerDigest(layer, deeds) };
}

/** @throws CodedError LAYER_ROLES */
export function demandRoles(
  { name, roles = [] }: Pick<Layer, 'name' | 'roles'>,
  { role, members = [] }: LayerRequest,
): void {
  const refuse = (why: string) => new CodedError('LAYER_ROLES', `${name}: ${why}.`, { layer: name });
  if (roles.length === 0) {
    if (role !== undefined || members.length > 0) throw refuse('it has no roles');
    return;
  }
  const stranger = members.find((member) => !roles.some((one) => one.name === member.role));
  if (stranger)
    throw refuse(`it has no role ${stranger.role}, but ${roles.map((one) => one.name).join(', ')}`);
  for (const { name: wanted, min, max = Number.POSITIVE_INFINITY } of roles) {
    const has = members.filter((member) => member.role === wanted).length;
    if (has < min) throw refuse(`it needs ${min === 1 ? 'a machine' : `${min} machines`} as ${wanted}`);
    if (has > max) throw refuse(`it takes no more than ${max} as ${wanted}, and ${has} are named`);
  }
  if (!members.some((member) => member.role === role)) throw refuse('the machine has none of its roles');
}

/** @throws CodedError LAYER_CHANGED: what would be run now is not what was planned, or outlined when it began */
export async function layerFor(deps: ActivityDependencies, ask: AboutLayer, verb: LayerVerb) {
  const { image, address } = deploymentOf(ask.machine);
  const kept = await deps.store.plans.get(ask.operationId);
  const plan = kept && upgradePlan(kept.plan);
  const packageProxy = (plan ?? (await findSubnet(deps.store, ask.machine)))?.packageProxy;
  const { name: machineName } = ask.machine;
  const made = layerOn(ask.request, { image, machineName, address, packageProxy }, verb);
  // One layer may be asked for twice, with other parameters.
  const planned = (plan?.layers ?? []).filter(({ name }) => name === ask.request.layer);
  const isPlanned =
    planned.length === 0 || planned.some(({ digest }) => digest === undefined || digest === made.digest);
  if (!isPlanned || (ask.digest !== undefined && ask.digest !== made.digest))
    throw new CodedError(
      'LAYER_CHANGED',
      `Layer ${made.layer.name} is not what it was when it was planned.`,
      { layer: made.layer.name, now: made.digest },
    );
  return made;
}
