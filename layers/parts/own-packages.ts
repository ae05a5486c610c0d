import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerContext, LayerStep } from '../layer.ts';
import { aptGet, endInterrupted, isInstalled } from './packages.ts';

/** `came`: what layers brought, with all that came along; `used-by/LAYER`: which packages each of them named. */
const LEDGER = '/var/lib/rackwright/packages';
const CAME = `${LEDGER}/came`;
const BEFORE = `${LEDGER}/before`;

interface OwnPackagesOptions {
  readonly deadlineMs?: number;
  /** Paths of theirs that are not unpacked. */
  readonly without?: readonly string[];
}

/**
 * Installs packages, and keeps in mind what was not there before and who needs it; `dropPackages` then takes away what
 * nobody else wanted, and nothing else.
 */
export function ownPackages(
  layer: string,
  packages: readonly string[],
  { packageProxy }: Pick<LayerContext<unknown>, 'packageProxy'>,
  { deadlineMs = 1_800_000, without = [] }: OwnPackagesOptions = {},
): LayerStep {
  const mine = `${LEDGER}/used-by/${layer}`;
  const list = packages.join('\n');
  const excluded = without.flatMap((path) => ['-o', `DPkg::Options::=--path-exclude=${path}`]);
  return {
    name: `install ${layer}`,
    does: `Install ${packages.join(', ')} from the distribution's packages.`,
    done: shell`[ "$(cat ${mine} 2>/dev/null)" = ${list} ] && [ ! -e ${BEFORE} ] && ${isInstalled(...packages)}`,
    script: lines(
      endInterrupted,
      shell`mkdir -p ${LEDGER}/used-by`,
      installed,
      shell`[ -e ${BEFORE} ] || { installed >${BEFORE}.new; mv ${BEFORE}.new ${BEFORE}; }`,
      shell`echo ${list} >${mine}`,
      aptGet(packageProxy, ...excluded, '--no-install-recommends', 'install', ...packages),
      note,
    ),
    deadlineMs,
  };
}

/** Purges what the layer brought and no other one named, and what came along and is needed by nothing any more. */
export function dropPackages(
  layer: string,
  { deadlineMs = 900_000 }: Pick<OwnPackagesOptions, 'deadlineMs'> = {},
): LayerStep {
  const mine = `${LEDGER}/used-by/${layer}`;
  return {
    name: `purge the packages of ${layer}`,
    does: 'Remove the packages that it brought, with their configuration, and what came along with them.',
    done: shell`[ ! -e ${mine} ]`,
    script: shell`${endInterrupted}
${installed}
if [ -e ${BEFORE} ]; then ${note}; fi
away=
for name in $(cat ${mine}); do
  if ! grep -qsx "$name" ${CAME}; then echo "$name was there before"; continue; fi
  if grep -lx "$name" ${LEDGER}/used-by/* | grep -qvx ${mine}; then echo "$name stays for another layer"; continue; fi
  away="$away $name"
done
# shellcheck disable=SC2086 # Names of packages, one a word.
[ -z "$away" ] || ${aptGet(undefined, 'purge')} $away
left=$(${unneeded} | sort | comm -12 - ${CAME})
# shellcheck disable=SC2086
[ -z "$left" ] || ${aptGet(undefined, 'purge')} $left
installed | comm -12 - ${CAME} >${CAME}.new
mv ${CAME}.new ${CAME}
rm -f ${mine}
rmdir ${LEDGER}/used-by 2>/dev/null && rm -rf ${LEDGER} || :`,
    deadlineMs,
  };
}

const installed: Shell = shell`installed() { dpkg-query -W -f '\${db:Status-Status} \${Package}\\n' | sed -n 's/^installed //p' | sort -u; }`;

/** Adds to \`came\` what was not there before; a cut in between is made good by the next run. */
const note: Shell = lines(
  shell`touch ${CAME}`,
  shell`installed | comm -13 ${BEFORE} - | sort -u - ${CAME} >${CAME}.new`,
  shell`mv ${CAME}.new ${CAME}`,
  shell`rm -f ${BEFORE}`,
);

/** What nothing depends on. By itself apt also keeps what something that stays merely recommends. */
const unneeded: Shell = shell`apt-get -s -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false autoremove | sed -n 's/^Remv \\([^ ]*\\).*/\\1/p'`;
