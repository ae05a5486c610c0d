import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { STATE } from './place.ts';

/** stack.sh installs some hundred packages by itself; which, is seen by what there was before. */
const BEFORE = `${STATE}/packages-before`;
const BROUGHT = `${STATE}/packages-brought`;

const installed = shell`dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' | awk '$2 == "installed" { print $1 }' | LC_ALL=C sort -u`;

export const noteBefore: Shell = shell`install -d -m 0700 ${STATE}
if [ ! -e ${BEFORE} ]; then
  ${installed} >${BEFORE}.new
  mv ${BEFORE}.new ${BEFORE}
fi`;

/** Also after what failed. */
export const noteBrought: Shell = shell`${installed} | LC_ALL=C comm -13 ${BEFORE} - >${BROUGHT}`;

export const purgeBrought: LayerStep = {
  name: 'purge its packages',
  does: 'Remove the packages that stack.sh installed, but for those that something else needs by now.',
  done: shell`[ ! -e ${BROUGHT} ]`,
  script: lines(
    shell`${installed} | LC_ALL=C comm -12 ${BROUGHT} - >${BROUGHT}.left`,
    shell`[ ! -s ${BROUGHT}.left ] || xargs apt-mark auto <${BROUGHT}.left >/dev/null`,
    // Recommended and suggested is almost all of it by something; only who depends on one keeps it.
    shell`apt-get -s -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false autoremove | awk '$1 == "Remv" { print $2 }' | LC_ALL=C sort -u | LC_ALL=C comm -12 ${BROUGHT}.left - >${BROUGHT}.free`,
    shell`[ ! -s ${BROUGHT}.free ] || DEBIAN_FRONTEND=noninteractive xargs apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 purge <${BROUGHT}.free`,
    shell`rm -f ${BROUGHT}`,
  ),
  deadlineMs: 1_800_000,
};
