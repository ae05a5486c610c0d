import { shell } from '../../remote/index.ts';
import type { Demand } from '../layer.ts';

/** That the kernel has it, loaded or not: nothing is loaded before the first change. */
export function moduleDemand(module: string, needed: string, instead: string): Demand {
  const why = `has no ${module}, which ${needed} takes: ${instead}`;
  return {
    kind: 'script',
    name: `the kernel's ${module}, for ${needed}`,
    code: 'LAYER_UNSUPPORTED',
    script: shell`[ -d ${`/sys/module/${module}`} ] || modinfo ${module} >/dev/null 2>&1 || { echo "the kernel $(uname -r)" ${why}; exit 1; }`,
  };
}
