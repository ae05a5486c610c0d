import type { Inventory } from '../model/index.ts';
import { cleanText } from './limits.ts';

/** Virtualisation, and instructions that programs refuse to start without; names of amd64 and of arm64. */
const flagsThatMatter = new Set([
  ...['vmx', 'svm', 'ept', 'npt', 'hypervisor', 'lm', 'nx', 'smep', 'smap', 'sgx', 'sme', 'sev', 'sev_es'],
  ...['aes', 'sha_ni', 'rdrand', 'rdseed', 'sse4_2', 'avx', 'avx2', 'fma', 'bmi2', 'avx512f', 'amx_tile'],
  ...['asimd', 'sve', 'sve2', 'sha1', 'sha2', 'crc32', 'atomics'],
]);

/** /proc/cpuinfo. Where the kernel does not say who sits with whom (arm64), every thread is a core of one socket. */
export function parseCpu(section: string, arch: Inventory['cpu']['arch']): Inventory['cpu'] {
  let threads = 0;
  let model = '';
  let socket = '0';
  const sockets = new Set<string>();
  const cores = new Set<string>();
  let flags: string[] = [];
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
      case 'flags':
      case 'Features':
        flags = value.split(' ').filter((flag) => flagsThatMatter.has(flag));
        break;
    }
  }
  return {
    arch,
    model,
    sockets: sockets.size || 1,
    cores: cores.size || Math.max(threads, 1),
    threads: Math.max(threads, 1),
    ...(flags.length > 0 && { flags: [...new Set(flags)].toSorted() }),
  };
}
