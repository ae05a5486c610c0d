import { type Shell, shell } from '../../remote/index.ts';
import type { Demand } from '../layer.ts';

/** MiB. */
export const memoryOfKernel = shell`$(($(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo) / 1024))`;

/** Of the kernel: 5 % less than the modules hold is what it counts on a machine of that size. */
export function memoryDemand(mebibytes: number, memory: Shell = memoryOfKernel): Demand {
  return {
    kind: 'script',
    name: `${mebibytes} MiB of memory`,
    code: 'MACHINE_TOO_SMALL',
    script: shell`has=${memory}
[ "$has" -ge ${Math.floor(mebibytes * 0.95)} ] || { echo "it has $has MiB of memory, and ${mebibytes} are needed"; exit 1; }`,
  };
}

/** Free room where `path` is, or will be: the nearest folder above it that is there is asked. */
export function roomDemand(path: string, mebibytes: number): Demand {
  return {
    kind: 'script',
    name: `${mebibytes} MiB of room in ${path}`,
    code: 'MACHINE_TOO_SMALL',
    script: shell`place=${path}
while [ ! -d "$place" ]; do place=$(dirname "$place"); done
has=$(df -Pm "$place" | awk 'NR == 2 { print $4 }')
[ "$has" -ge ${mebibytes} ] || { echo "$place has $has MiB of room, and ${mebibytes} are needed"; exit 1; }`,
  };
}

/** Where a layer is laid already, Apache has them. Two web servers on one port is what no operator means. */
export const apachePortsDemand: Demand = {
  kind: 'script',
  name: 'ports 80 and 443 for Apache',
  code: 'LAYER_CONFLICT',
  script: shell`has=$(ss -Hltnp 'sport = :80 or sport = :443' 2>/dev/null | grep -v '"apache2"' | sed -n 's/.*users:((\\("[^"]*"\\).*/\\1/p' | head -n 1)
[ -z "$has" ] || { echo "$has listens on port 80 or 443"; exit 1; }`,
};

/** apt itself fetches it: it is on every machine, and knows the way out. Nothing is left of it. */
export function reachDemand(url: string, packageProxy: string | undefined): Demand {
  return {
    kind: 'script',
    name: `${url} is reached`,
    code: 'MIRROR_UNREACHABLE',
    script: shell`draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
${aptFetch(packageProxy, url)} "$draft/file" >"$draft/said" 2>&1 || { echo ${url} is not reached: "$(grep -a '^E:' "$draft/said" | head -n 1 | cut -c 4-200)"; exit 1; }`,
  };
}

/** Puts the file of a URL at the path that follows. Fails when its digest is another than the one that may follow. */
export function aptFetch(packageProxy: string | undefined, url: string): Shell {
  const proxy = packageProxy === undefined ? [] : ['-o', `Acquire::http::Proxy=${packageProxy}`];
  const options = [
    ...proxy,
    '-o',
    'Acquire::Retries=2',
    '-o',
    'Acquire::http::Timeout=20',
    '-o',
    'APT::Sandbox::User=root',
  ];
  return shell`/usr/lib/apt/apt-helper ${options} download-file ${url}`;
}
