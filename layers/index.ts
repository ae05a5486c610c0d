export { fingerprintsOf, keyFetch } from './parts/archive-key.ts';
export { isPassing } from './failure-kind.ts';
export type {
  Demand,
  Layer,
  LayerContext,
  LayerMember,
  LayerRole,
  LayerSecret,
  LayerStep,
  Verification,
} from './layer.ts';
export { layerDigest, type LayerDeeds } from './layer-digest.ts';
export { layersInOrder, neededBy } from './order.ts';
export { describeLayer } from './describe.ts';
export { allLayers, findLayer, layerCatalogue, parseParameters } from './registry.ts';
export { secretFile, secretFolder } from './parts/secret-file.ts';
