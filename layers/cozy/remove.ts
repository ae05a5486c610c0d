import { lines, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { isInstalled } from '../parts/packages.ts';
import { DATA, PROGRAM, STATE, TLS_FOLDER, UNIT } from './places.ts';

const files = [
  PROGRAM,
  `${PROGRAM}.rackwright-new`,
  `${PROGRAM}.rackwright-new.part`,
  '/etc/cozy',
  DATA,
  TLS_FOLDER,
  STATE,
];
const couchdb = ['/opt/couchdb', '/var/lib/couchdb', '/var/log/couchdb'];

const gone = (paths: readonly string[]) =>
  paths.map((path) => shell`[ ! -e ${path} ]`).reduce((sum, each) => shell`${sum} && ${each}`);

export const removeStack: readonly LayerStep[] = [
  {
    name: 'stop the stack',
    does: 'Stop it, and remove its unit.',
    done: gone([UNIT]),
    script: lines(
      shell`systemctl --quiet disable --now cozy-stack 2>/dev/null || true`,
      shell`rm -f ${UNIT}`,
      shell`systemctl daemon-reload`,
      shell`systemctl reset-failed cozy-stack 2>/dev/null || true`,
    ),
    deadlineMs: 120_000,
  },
];

/** After the packages are gone. */
export const removeFiles: LayerStep = {
  name: 'remove its files',
  does: 'Remove the program, its keys, and the files and databases of its instances.',
  done: shell`${gone(files)} && ! getent passwd cozy-stack >/dev/null`,
  script: lines(
    shell`if [ -e ${STATE}/couchdb-is-ours ] && ! { ${isInstalled('couchdb')}; }; then rm -rf ${couchdb}; ! getent passwd couchdb >/dev/null || userdel couchdb; fi`,
    shell`! getent passwd cozy-stack >/dev/null || userdel cozy-stack`,
    shell`rm -rf ${files}`,
    shell`rmdir /etc/rackwright/tls /etc/rackwright 2>/dev/null || true`,
  ),
  deadlineMs: 300_000,
};

/** CouchDB is not in the list of the distribution's packages: whether it was there before is noted apart. */
export const noteCouchdb: LayerStep = {
  name: 'note what is there',
  does: 'Write down whether CouchDB of somebody else is there.',
  done: shell`[ -e ${STATE}/noted ]`,
  script: lines(
    shell`mkdir -p ${STATE}`,
    shell`{ ${isInstalled('couchdb')}; } || [ -e /opt/couchdb ] || : >${STATE}/couchdb-is-ours`,
    shell`: >${STATE}/noted`,
  ),
  deadlineMs: 60_000,
};

export const removeCouchdb = (purge: ReturnType<typeof shell>): LayerStep => ({
  name: 'purge CouchDB',
  does: 'Remove CouchDB with its configuration, unless it was there before.',
  done: shell`[ ! -e ${STATE}/couchdb-is-ours ] || ! dpkg-query -W couchdb >/dev/null 2>&1`,
  script: purge,
  deadlineMs: 300_000,
});
