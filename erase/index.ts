export { eraseScript } from './erase-script.ts';
export { evidenceOf } from './evidence.ts';
export { planErase } from './plan-erase.ts';
export { probeScript } from './probe-script.ts';
export { readProbe } from './read-probe.ts';
