import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';

/** apt-get waits for whoever else is at work (unattended-upgrades after a first boot) instead of failing. */
const options = [
  '-q',
  '-y',
  '-o',
  'DPkg::Lock::Timeout=300',
  '-o',
  'Acquire::Retries=3',
  '-o',
  'Dpkg::Use-Pty=0',
];

/**
 * The dates of the lists themselves are the archive's, and a list that is weeks old may well be the newest; so when we
 * last asked is kept apart.
 */
const asked = '/var/lib/rackwright/package-lists';

export function aptGet(packageProxy: string | undefined, ...words: readonly string[]): Shell {
  const proxy = packageProxy === undefined ? [] : ['-o', `Acquire::http::Proxy=${packageProxy}`];
  return shell`DEBIAN_FRONTEND=noninteractive apt-get ${[...options, ...proxy, ...words]}`;
}

/**
 * A machine that went off in the middle of packages: apt does nothing before that was ended. Where somebody else is at
 * work, he ends it himself, and `aptGet` waits for him.
 */
export const endInterrupted: Shell = shell`[ -z "$(ls /var/lib/dpkg/updates)" ] || DEBIAN_FRONTEND=noninteractive dpkg --configure -a || :`;

export function refreshPackageLists(packageProxy: string | undefined): LayerStep {
  return {
    name: 'refresh package lists',
    does: 'Ask the package archive what it has, unless that was done in the last 24 hours.',
    done: shell`[ -n "$(find ${asked} -mmin -1440 2>/dev/null)" ]`,
    script: lines(aptGet(packageProxy, 'update'), shell`mkdir -p /var/lib/rackwright`, shell`: >${asked}`),
    deadlineMs: 600_000,
  };
}

/** Exit status 0 when all of them are installed and configured. */
export function isInstalled(...packages: readonly string[]): Shell {
  return packages
    .map((name) => shell`[ "$(dpkg-query -W -f '\${db:Status-Status}' ${name} 2>/dev/null)" = installed ]`)
    .reduce((sum, each) => shell`${sum} && ${each}`);
}
