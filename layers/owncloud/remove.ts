import { lines, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { dropPackages } from '../parts/own-packages.ts';
import { isInstalled } from '../parts/packages.ts';
import { stopServing } from './apache.ts';
import { CRON_SERVICE, CRON_TIMER } from './cron.ts';
import {
  ACME_ROOT,
  CACHE,
  LAID,
  SCALE_PROGRAM,
  STATE,
  TLS_FOLDER,
  TREE,
  TREE_BEFORE,
  TREE_NEXT,
} from './places.ts';
import { SCALE_BEFORE, SCALE_UNIT } from './scale.ts';

/** Whether somebody had databases before: only then are they not ours to remove. */
const BEGAN = `${STATE}/began`;

export const noteBefore: LayerStep = {
  name: 'note what is there',
  does: 'Write down whether there are databases of somebody else.',
  done: shell`[ -s ${BEGAN} ]`,
  script: lines(
    shell`mkdir -p ${STATE}`,
    shell`if [ -d /var/lib/mysql ]; then echo databases; else echo no databases; fi >${`${BEGAN}.new`}`,
    shell`mv ${`${BEGAN}.new`} ${BEGAN}`,
  ),
  deadlineMs: 60_000,
};

const trees = [TREE, TREE_NEXT, TREE_BEFORE];
const units = [CRON_SERVICE.path, CRON_TIMER.path, SCALE_UNIT];
const programs = [
  SCALE_PROGRAM,
  SCALE_BEFORE,
  `${SCALE_PROGRAM}.rackwright-new`,
  `${SCALE_PROGRAM}.rackwright-new.part`,
];
const rest = [TLS_FOLDER, ACME_ROOT, CACHE, '/etc/ocis'];

const gone = (paths: readonly string[]) =>
  paths.map((path) => shell`[ ! -e ${path} ]`).reduce((sum, each) => shell`${sum} && ${each}`);

/** Whichever edition is there. Backups of upgrades stay: they are all that is left of people's files. */
export const removal: readonly LayerStep[] = [
  stopServing,
  {
    name: 'stop its units',
    does: 'Stop its timer and its program, and remove their units.',
    done: gone(units),
    script: lines(
      shell`systemctl --quiet disable --now owncloud-cron.timer 2>/dev/null || true`,
      shell`systemctl stop owncloud-cron.service 2>/dev/null || true`,
      shell`systemctl --quiet disable --now ocis.service 2>/dev/null || true`,
      shell`rm -f ${units}`,
      shell`systemctl daemon-reload`,
      shell`systemctl reset-failed ocis.service owncloud-cron.service 2>/dev/null || true`,
    ),
    deadlineMs: 180_000,
  },
  {
    name: 'drop the database',
    does: 'Drop its database and its database user.',
    done: shell`! command -v mariadb >/dev/null || [ ! -e ${LAID} ] || [ -z "$(mariadb -N -e "SHOW DATABASES LIKE 'owncloud'" 2>/dev/null)" ]`,
    script: shell`mariadb -e "DROP DATABASE IF EXISTS owncloud; DROP USER IF EXISTS owncloud@localhost"`,
    deadlineMs: 120_000,
  },
  dropPackages('owncloud'),
  {
    name: 'remove its files',
    does: 'Remove its tree, its program, its certificates, and the files of its users.',
    done: shell`${gone([...trees, ...programs, ...rest, STATE])} && ! getent passwd ocis >/dev/null`,
    script: lines(
      shell`if [ -s ${LAID} ]; then
  data=$(sed -n 3p ${LAID})
  [ -z "$data" ] || rm -rf "$data"
  rmdir "$(dirname "$data")" 2>/dev/null || true
fi`,
      // The package keeps its databases and its user when it goes.
      shell`if [ "$(cat ${BEGAN} 2>/dev/null)" = 'no databases' ] && ! { ${isInstalled('mariadb-server')}; }; then rm -rf /var/lib/mysql /etc/mysql; ! getent passwd mysql >/dev/null || userdel mysql; fi`,
      shell`rm -rf ${[...trees, ...programs, ...rest]}`,
      shell`rmdir /etc/rackwright/tls /etc/rackwright /var/cache/rackwright 2>/dev/null || true`,
      shell`! getent passwd ocis >/dev/null || userdel ocis`,
      shell`rm -rf ${STATE}`,
    ),
    deadlineMs: 600_000,
  },
];
