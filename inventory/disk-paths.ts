import { cleanText } from './limits.ts';

/**
 * Names of /dev/disk/by-path and what each leads to, `pci-0000:00:05.0<tab>../../vda` a line → by kernel name. Of
 * several names for one disk the shortest: the longer ones repeat it with the bus in front.
 */
export function parseDiskPaths(section: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of section.split('\n')) {
    const [given = '', target = ''] = line.split('\t');
    const kernelName = target.slice(target.lastIndexOf('/') + 1);
    if (given === '' || kernelName === '' || /-part\d+$/.test(given)) continue;
    const path = cleanText('disk path', given);
    const name = cleanText('disk name', kernelName);
    const known = paths.get(name);
    if (known === undefined || path.length < known.length || (path.length === known.length && path < known))
      paths.set(name, path);
  }
  return paths;
}
