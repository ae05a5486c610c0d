import { lines, type Shell, shell } from '../remote/index.ts';
import type { LayerStep } from './layer.ts';
import { aptGet, isInstalled } from './packages.ts';

/** `LAYER.used`: all that a layer needs. `LAYER.added`: what was not there before it, and goes away with it. */
const NOTES = '/var/lib/rackwright/packages';

/** Installs what is missing, and writes down first what that is: a second layer may need the same packages. */
export function installPackages(
  layer: string,
  packages: readonly string[],
  packageProxy: string | undefined,
): LayerStep {
  const [used, added] = [`${NOTES}/${layer}.used`, `${NOTES}/${layer}.added`];
  return {
    name: 'install packages',
    does: `Install ${packages.join(', ')} from the distribution's packages.`,
    done: shell`${isInstalled(...packages)} && [ "$(cat ${used} 2>/dev/null)" = ${packages.join('\n')} ]`,
    script: lines(
      shell`mkdir -p ${NOTES}`,
      shell`for name in ${packages}; do
  [ "$(dpkg-query -W -f '\${db:Status-Status}' "$name" 2>/dev/null)" != installed ] || continue
  grep -qxF "$name" ${added} 2>/dev/null || echo "$name" >>${added}
done`,
      aptGet(packageProxy, '--no-install-recommends', 'install', ...packages),
      shell`printf '%s\\n' ${packages} >${used}`,
    ),
    deadlineMs: 1_200_000,
  };
}

/**
 * What another layer uses stays, and is that layer's from now on. `before` and `after` are run around the purge; the
 * packages that go are the shell's own arguments.
 */
export function purgePackages(layer: string, before: Shell = shell`:`, after: Shell = shell`:`): LayerStep {
  const [used, added] = [`${NOTES}/${layer}.used`, `${NOTES}/${layer}.added`];
  return {
    name: 'purge packages',
    does: 'Remove the packages that were installed for it, with their configuration, unless another layer uses them.',
    done: shell`[ ! -e ${used} ] && [ ! -e ${added} ]`,
    script: lines(
      shell`rm -f ${used}`,
      shell`if [ -e ${added} ]; then
  set --
  while read -r name; do
    other=$(grep -lxF "$name" ${NOTES}/*.used 2>/dev/null | head -n 1)
    if [ -n "$other" ]; then
      heir="\${other%.used}.added"
      grep -qxF "$name" "$heir" 2>/dev/null || echo "$name" >>"$heir"
    else
      set -- "$@" "$name"
    fi
  done <${added}
  ${before}
  [ "$#" -eq 0 ] || ${aptGet(undefined, '--autoremove', 'purge')} "$@"
  ${after}
fi`,
      shell`rm -f ${added}`,
    ),
    deadlineMs: 600_000,
  };
}
