import type { NumaNode } from '../model/index.ts';
import { cleanText, limits, tooMuch } from './limits.ts';

/** The first line of each file: `…/node0/cpulist:0-15`, `…/node0/meminfo:Node 0 MemTotal:  65842368 kB`. */
export function parseNuma(section: string): NumaNode[] {
  const nodes = new Map<number, NumaNode>();
  for (const line of section.split('\n')) {
    const [, id, file, value = ''] = /\/node(\d{1,5})\/(cpulist|meminfo):(.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const node = nodes.get(Number(id)) ?? { id: Number(id), cpus: '', bytes: 0 };
    const kilobytes = /MemTotal:\s+(\d{1,12}) kB/.exec(value)?.[1];
    nodes.set(node.id, {
      ...node,
      ...(file === 'cpulist' && { cpus: cleanText('NUMA processors', value) }),
      ...(kilobytes !== undefined && { bytes: Number(kilobytes) * 1024 }),
    });
    if (nodes.size > limits.numaNodes) throw tooMuch('NUMA nodes', limits.numaNodes);
  }
  return [...nodes.values()].toSorted((a, b) => a.id - b.id);
}
