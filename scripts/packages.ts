import { execa } from 'execa';

export interface SystemPackage {
  readonly name: string;
  readonly why: string;
}

/**
 * Installs what is missing of these packages of the distribution, after saying what and why.
 * Asks for nothing that is there; may be cut off and run again.
 */
export async function installPackages(
  packages: readonly SystemPackage[],
  report: (line: string) => void,
): Promise<void> {
  const missing: SystemPackage[] = [];
  for (const wanted of packages) if (!(await isInstalled(wanted.name))) missing.push(wanted);
  if (missing.length === 0) return;
  report(`Installing ${missing.length} packages of the distribution on this system:`);
  for (const { name, why } of missing) report(`  ${name.padEnd(24)} ${why}`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  await execa('apt-get', ['update', '-qq'], options);
  const names = missing.map(({ name }) => name);
  const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends'];
  await execa('apt-get', ['install', '-y', ...quiet, ...names], options);
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout, exitCode } = await execa('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], {
    reject: false,
  });
  return exitCode === 0 && stdout === 'installed';
}
