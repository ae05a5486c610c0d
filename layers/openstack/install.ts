import { lines, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { ownPackages } from '../parts/own-packages.ts';
import { noteFolders } from './folders.ts';
import type { Context } from './parameters.ts';
import { STATE, USERS_BEFORE } from './paths.ts';
import { idleUnits, packagesOf } from './services.ts';

/** Of somebody else, it stays as it is. */
const POLICY = '/usr/sbin/policy-rc.d';
const MARK = '# rackwright openstack';

/** invoke-rc.d(8): 101 is "not allowed". What runs already may hear of news: without, D-Bus would refuse polkit its name. */
const policy = `#!/bin/sh
${MARK}
[ "$1" != --quiet ] || shift
systemctl --quiet is-active "$1" || exit 101
`;

/** No daemon starts before it is configured: unconfigured they fail, and systemd starts them again and again. */
export function installPackages(context: Context): LayerStep {
  const own = ownPackages('openstack', packagesOf(context), context);
  return {
    ...own,
    name: 'install the packages',
    does: `${own.does} Nothing of it is started yet.`,
    done: shell`${own.done ?? shell`false`} && ! grep -qsxF ${MARK} ${POLICY}`,
    script: lines(
      shell`mkdir -p ${STATE}`,
      shell`[ -e ${USERS_BEFORE} ] || { cut -d : -f 1 /etc/passwd >${USERS_BEFORE}.new; mv ${USERS_BEFORE}.new ${USERS_BEFORE}; }`,
      noteFolders,
      shell`[ -e ${POLICY} ] || { printf %s ${policy} >${POLICY}.new; chmod 0755 ${POLICY}.new; mv ${POLICY}.new ${POLICY}; }`,
      own.script,
      shell`if grep -qsxF ${MARK} ${POLICY}; then rm ${POLICY}; fi`,
    ),
    deadlineMs: 3_600_000,
  };
}

/** They come along with our packages, and stay with those of others. */
export const idleServices: LayerStep = {
  name: 'keep idle services from starting',
  does: `Do not start ${idleUnits.join(', ')} at boot: nothing here uses them.`,
  done: idleUnits
    .map((unit) => shell`! systemctl --quiet is-enabled ${unit} 2>/dev/null`)
    .reduce((sum, each) => shell`${sum} && ${each}`),
  script: shell`for unit in ${idleUnits}; do
  if systemctl --quiet is-enabled "$unit" 2>/dev/null; then systemctl --quiet disable --now "$unit"; fi
done`,
  deadlineMs: 120_000,
};
