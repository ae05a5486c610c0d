import { type Shell, shell } from '../../remote/index.ts';
import type { VendorArchive } from '../parts/archive.ts';
import type { Demand } from '../layer.ts';
import type { DockerParameters } from './parameters.ts';

type Source = DockerParameters['source'];

const UPSTREAM = [
  'docker-ce',
  'docker-ce-cli',
  'containerd.io',
  'docker-buildx-plugin',
  'docker-compose-plugin',
];

const CODENAMES: Readonly<Record<string, string>> = {
  'debian/12': 'bookworm',
  'debian/13': 'trixie',
  'ubuntu/22.04': 'jammy',
  'ubuntu/24.04': 'noble',
  'ubuntu/26.04': 'resolute',
};

export const dockerSystems: readonly string[] = Object.keys(CODENAMES);

/**
 * Where the kernel has AppArmor, the engine starts no container without `apparmor`. Debian 12 has neither buildx nor
 * the second docker-compose; its first is a program of its own.
 */
export function dockerPackages(source: Source, system: string): readonly string[] {
  const always = ['apparmor', 'ca-certificates'];
  if (source === 'upstream') return [...UPSTREAM, ...always];
  if (system === 'debian/12') return ['docker.io', 'docker-compose', ...always];
  if (system === 'debian/13')
    return ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose', ...always];
  return ['docker.io', 'docker-buildx', 'docker-compose-v2', ...always];
}

/** Packages that hold the same files. */
export function foreignPackages(source: Source): readonly string[] {
  return source === 'upstream'
    ? [
        'docker.io',
        'containerd',
        'runc',
        'docker-compose',
        'docker-compose-v2',
        'docker-buildx',
        'podman-docker',
      ]
    : ['docker-ce', 'docker-ce-cli', 'containerd.io', 'podman-docker'];
}

export function noForeignPackages(source: Source): Demand {
  return {
    kind: 'script',
    name: 'no other Docker',
    code: 'LAYER_CONFLICT',
    script: shell`for name in ${foreignPackages(source)}; do
  case "$(dpkg-query -W -f '\${db:Status-Status}' "$name" 2>/dev/null)" in
  '' | not-installed | config-files) ;;
  *) echo "its package $name is there, and cannot be beside those of ${source}: remove it first" && exit 1 ;;
  esac
done`,
  };
}

export function dockerArchive(system: string): VendorArchive {
  const [distribution = ''] = system.split('/');
  return {
    name: 'docker',
    keyUrl: `https://download.docker.com/linux/${distribution}/gpg`,
    fingerprint: '9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
    url: `https://download.docker.com/linux/${distribution}`,
    suite: CODENAMES[system] ?? '',
    components: ['stable'],
  };
}

/** The compose that is there, as a function `compose`. Fails when there is none. */
export const composeFunction: Shell = shell`compose() {
  if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}`;
