export type { Layer, LayerContext, LayerStep, Verification } from './layer.ts';
export { layerDigest } from './layer-digest.ts';
export { allLayers, findLayer, layerCatalogue, parseParameters } from './registry.ts';
