import type { ScriptMetadata } from '../../model/index.ts';
import { type Shell, shell } from '../../remote/index.ts';

/** Runs side by side share one package manager, and what one has installed the next finds. */
export function installPackages(
  packages: readonly string[],
  ifMissing: ScriptMetadata['missingPackages'],
  packageProxy: string | undefined,
): Shell {
  const proxy = packageProxy === undefined ? [] : ['-o', `Acquire::http::Proxy=${packageProxy}`];
  const options = ['-q', '-y', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=30', ...proxy];
  return shell`missing() {
  set -- ${packages}
  for package; do
    [ "$(dpkg-query -W -f '\${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
  done
}
install() {
  exec 9>${'/var/lib/rackwright/scripts/packages.lock'}
  flock 9
  wanted=$(missing)
  [ -n "$wanted" ] || return 0
  echo "installing $wanted"
  export DEBIAN_FRONTEND=noninteractive
  # Names of packages have no spaces in them.
  # shellcheck disable=SC2086
  timeout 300 apt-get ${options} update &&
    timeout 480 apt-get ${options} -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 --no-install-recommends install $wanted
}
if [ -n "$(missing)" ] && ! (install); then
  left=$(missing)
  ${ifMissing === 'run' ? shell`echo "goes on without $left"` : shell`finish ${ifMissing} "these packages could not be installed: $left"`}
fi`;
}
