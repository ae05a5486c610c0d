import { z } from 'zod';
import { CodedError } from '../model/index.ts';
import type { Layer } from './layer.ts';
import { cozy } from './cozy/cozy.ts';
import { devstack } from './devstack/devstack.ts';
import { docker } from './docker/docker.ts';
import { juju } from './juju/juju.ts';
import { kvm } from './kvm/kvm.ts';
import { landscape } from './landscape/landscape.ts';
import { lxd } from './lxd/lxd.ts';
import { nginx } from './nginx/nginx.ts';
import { openstack } from './openstack/openstack.ts';
import { owncloud } from './owncloud/owncloud.ts';
import { proxmox } from './proxmox/proxmox.ts';
import { qemu } from './qemu/qemu.ts';
import { sunbeam } from './sunbeam/sunbeam.ts';
import { vagrant } from './vagrant/vagrant.ts';
import { xen } from './xen/xen.ts';

/** All that there are. A new layer is a folder and a line here. */
export function allLayers(): ReadonlyMap<string, Layer> {
  const layers: readonly Layer[] = [
    cozy,
    devstack,
    docker,
    juju,
    kvm,
    landscape,
    lxd,
    nginx,
    openstack,
    owncloud,
    proxmox,
    qemu,
    sunbeam,
    vagrant,
    xen,
  ];
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
export interface CatalogueEntry
  extends Pick<Layer, 'name' | 'version' | 'summary' | 'systems'>,
    Required<Pick<Layer, 'conflicts' | 'roles' | 'secrets'>> {
  /** Of its parameters. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export function layerCatalogue(): readonly CatalogueEntry[] {
  return [...allLayers().values()].map((layer) => ({
    name: layer.name,
    version: layer.version,
    summary: layer.summary,
    systems: layer.systems,
    conflicts: layer.conflicts ?? [],
    roles: layer.roles ?? [],
    secrets: layer.secrets ?? [],
    schema: z.toJSONSchema(layer.parameters, { io: 'input', unrepresentable: 'any' }),
  }));
}
