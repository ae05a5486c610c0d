import { lines, type Shell, shell } from '../remote/index.ts';
import type { LayerContext, LayerStep } from './layer.ts';
import { aptGet, isInstalled } from './packages.ts';

/** What was brought by layers, and `used-by/LAYER`: which packages each of them named. */
const LEDGER = '/var/lib/rackwright/packages';
const BROUGHT = `${LEDGER}/brought`;

/**
 * Installs packages, and keeps in mind which of them were not there before and who needs them; `dropPackages` then
 * takes away what nobody else wanted.
 */
export function ownPackages(
  layer: string,
  packages: readonly string[],
  { packageProxy }: Pick<LayerContext<unknown>, 'packageProxy'>,
): LayerStep {
  const mine = `${LEDGER}/used-by/${layer}`;
  const list = packages.join('\n');
  return {
    name: `install ${layer}`,
    does: `Install ${packages.join(', ')} from the distribution's packages.`,
    done: shell`[ "$(cat ${mine} 2>/dev/null)" = ${list} ] && ${isInstalled(...packages)}`,
    script: lines(
      shell`mkdir -p ${LEDGER}/used-by`,
      shell`for name in ${packages}; do`,
      shell`  dpkg-query -W -f '\${db:Status-Status}\\n' "$name" 2>/dev/null | grep -qx installed || grep -qx "$name" ${BROUGHT} 2>/dev/null || echo "$name" >>${BROUGHT}`,
      shell`done`,
      shell`echo ${list} >${mine}`,
      aptGet(packageProxy, '--no-install-recommends', 'install', ...packages),
    ),
    deadlineMs: 1_800_000,
  };
}

/** Purges what the layer brought and no other one named, and what then nothing needs any more. */
export function dropPackages(layer: string): LayerStep {
  const mine = `${LEDGER}/used-by/${layer}`;
  const before = `${LEDGER}/unneeded-before-${layer}`;
  return {
    name: `purge the packages of ${layer}`,
    does: 'Remove the packages that it brought, with their configuration, and what only they needed.',
    done: shell`[ ! -e ${mine} ]`,
    script: shell`unneeded() { ${unneeded} | sort; }
[ -e ${before} ] || { unneeded >${before}.new; mv ${before}.new ${before}; }
away=
for name in $(cat ${mine}); do
  if ! grep -qx "$name" ${BROUGHT} 2>/dev/null; then echo "$name was there before"; continue; fi
  if grep -lx "$name" ${LEDGER}/used-by/* | grep -qvx ${mine}; then echo "$name stays for another layer"; continue; fi
  dpkg-query -W "$name" >/dev/null 2>&1 || continue
  away="$away $name"
done
# shellcheck disable=SC2086 # Names of packages, one a word.
[ -z "$away" ] || ${aptGet(undefined, 'purge')} $away
left=$(unneeded | comm -13 ${before} -)
# shellcheck disable=SC2086
[ -z "$left" ] || ${aptGet(undefined, 'purge')} $left
for name in $away; do sed -i "/^$name\\$/d" ${BROUGHT}; done
rm -f ${mine} ${before}`,
    deadlineMs: 900_000,
  };
}

/** What apt would take away by itself: of a machine before, that is not ours to decide. */
const unneeded: Shell = shell`apt-get -s autoremove | sed -n 's/^Remv \\([^ ]*\\).*/\\1/p'`;
