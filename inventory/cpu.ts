import type { Inventory } from '../model/index.ts';
import { cleanText } from './limits.ts';

/** /proc/cpuinfo. Where the kernel does not say who sits with whom (arm64), every thread is a core of one socket. */
export function parseCpu(section: string, arch: Inventory['cpu']['arch']): Inventory['cpu'] {
  let threads = 0;
  let model = '';
  let socket = '0';
  const sockets = new Set<string>();
  const cores = new Set<string>();
  for (const line of section.split('\n')) {
    const at = line.indexOf(':');
    if (at === -1) continue;
    const value = line.slice(at + 1).trim();
    switch (line.slice(0, at).trim()) {
      case 'processor':
        threads += 1;
        socket = '0';
        break;
      case 'model name':
        model ||= cleanText('model name', value);
        break;
      case 'physical id':
        socket = value;
        sockets.add(value);
        break;
      case 'core id':
        cores.add(`${socket} ${value}`);
        break;
    }
  }
  return {
    arch,
    model,
    sockets: sockets.size || 1,
    cores: cores.size || Math.max(threads, 1),
    threads: Math.max(threads, 1),
  };
}
