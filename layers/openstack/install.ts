import { lines, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { aptGet, isInstalled } from '../packages.ts';
import type { Context } from './parameters.ts';
import { STATE } from './paths.ts';
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

/**
 * What was there before stays when the layer is taken away, so it is written down first. No daemon starts before it is
 * configured: unconfigured they fail, and systemd starts them again and again.
 */
export function installPackages(context: Context): LayerStep {
  const packages = packagesOf(context);
  return {
    name: 'install the packages',
    does: `Install ${packages.join(', ')}, without starting anything.`,
    done: shell`${isInstalled(...packages)} && ! grep -qsxF ${MARK} ${POLICY}`,
    script: lines(
      shell`mkdir -p ${STATE}`,
      shell`if [ ! -e ${STATE}/before ]; then
  dpkg-query -W -f '\${db:Status-Status} package \${Package}\\n' | sed -n 's/^installed //p' >${STATE}/before.draft
  cut -d : -f 1 /etc/passwd | sed 's/^/user /' >>${STATE}/before.draft
  mv ${STATE}/before.draft ${STATE}/before
fi`,
      shell`[ -e ${POLICY} ] || { printf %s ${policy} >${POLICY}.draft; chmod 0755 ${POLICY}.draft; mv ${POLICY}.draft ${POLICY}; }`,
      aptGet(context.packageProxy, '--no-install-recommends', 'install', ...packages),
      shell`if grep -qsxF ${MARK} ${POLICY}; then rm ${POLICY}; fi`,
    ),
    deadlineMs: 3_600_000,
  };
}

/** Only those that came with our packages. */
export const idleServices: LayerStep = {
  name: 'keep idle services from starting',
  does: `Do not start ${idleUnits.join(', ')} at boot: nothing here uses them.`,
  done: shell`for unit in ${idleUnits}; do
  if systemctl --quiet is-enabled "$unit" 2>/dev/null && ! grep -qxF "package $unit" ${STATE}/before; then exit 1; fi
done`,
  script: shell`for unit in ${idleUnits}; do
  grep -qxF "package $unit" ${STATE}/before || systemctl --quiet disable --now "$unit" 2>/dev/null || true
done`,
  deadlineMs: 120_000,
};
