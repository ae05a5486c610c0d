/**
 * Systems that stack.sh of a branch takes without FORCE=yes: SUPPORTED_DISTROS in it, read in July 2026. What is not
 * in here is left to stack.sh itself to judge.
 */
const supported: Readonly<Record<string, readonly string[]>> = {
  master: ['debian/12', 'debian/13', 'ubuntu/24.04', 'ubuntu/26.04'],
  'stable/2026.1': ['debian/12', 'debian/13', 'ubuntu/24.04'],
  'stable/2025.2': ['debian/12', 'ubuntu/22.04', 'ubuntu/24.04'],
  'stable/2025.1': ['debian/12', 'ubuntu/22.04', 'ubuntu/24.04'],
};

/** What is laid where no branch was asked for: the newest stable one that knows the system. */
export function branchFor(system: string): string {
  const stable = Object.entries(supported).filter(([branch]) => branch !== 'master');
  return stable.find(([, systems]) => systems.includes(system))?.[0] ?? 'master';
}

/** Why stack.sh of the branch would not go on with the system. */
export function refusal(branch: string, system: string): string | undefined {
  const systems = supported[branch];
  if (!systems || systems.includes(system)) return undefined;
  return `stack.sh of ${branch} takes ${systems.join(', ')}, not ${system}`;
}
