export { commission } from './commission.ts';
export { deploy } from './deploy.ts';
export { applyLayer, removeLayer } from './layer.ts';
export { machine } from './machine.ts';
export { planDeploy } from './plan-deploy.ts';
export { power } from './power.ts';
export { release } from './release.ts';
export { syncImages } from './sync-images.ts';
