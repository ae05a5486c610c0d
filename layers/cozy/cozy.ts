import { shell } from '../../remote/index.ts';
import { addArchive, archiveDemand, removeArchive } from '../parts/archive.ts';
import { memoryDemand, roomDemand } from '../parts/demands.ts';
import { downloadDemands } from '../parts/download.ts';
import type { Demand, Layer } from '../layer.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { aptGet, isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { installCouchdb, prepareCouchdb } from './couchdb.ts';
import { serveCozy, serves, stopServing } from './nginx.ts';
import { type Parameters, parameters } from './parameters.ts';
import { type Context, COUCHDB, couchdbArchive, downloadOf, hostnameOf, LAID } from './places.ts';
import { noteCouchdb, removeCouchdb, removeFiles, removeStack } from './remove.ts';
import {
  addApps,
  configureStack,
  makeInstance,
  placeStack,
  programIs,
  stackIsLaid,
  startStack,
} from './stack.ts';
import { verifications } from './verify.ts';

const packages = ['nginx', 'openssl', 'curl', 'ca-certificates', 'git', 'imagemagick', 'fonts-lato', 'gpg'];

export const cozy: Layer<Parameters> = {
  name: 'cozy',
  version: '1',
  summary: 'Cozy over HTTPS: cozy-stack, CouchDB and nginx, with a first instance.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04'],
  conflicts: ['nginx', 'owncloud'],
  secrets: [
    {
      name: 'passphrase',
      does: 'the passphrase that the owner of the first instance begins with',
      from: 'generated',
    },
    { name: 'admin', does: 'the passphrase of the administration of the stack', from: 'generated' },
    { name: 'couchdb', does: 'the password of the administrators of CouchDB', from: 'generated' },
  ],
  demands: (context) => [
    memoryDemand(1_024),
    roomDemand('/var', 2_000),
    portDemand,
    sameDemand(context),
    archiveDemand(couchdbArchive(context), context),
    ...downloadDemands(downloadOf(context), context.packageProxy, programIs(context)),
  ],
  check: (context) =>
    shell`${isInstalled(...packages, 'couchdb')} && ${serves(context)} && ${stackIsLaid(context)}`,
  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ownPackages('cozy', packages, context),
    noteCouchdb,
    ...addArchive(couchdbArchive(context), context),
    installCouchdb(context),
    prepareCouchdb,
    placeStack(context),
    configureStack(context),
    startStack,
    ...serveCozy(context),
    makeInstance(context),
    addApps(context),
  ],
  verify: verifications,
  remove: () => [
    stopServing,
    ...removeStack,
    removeCouchdb(aptGet(undefined, '--autoremove', 'purge', 'couchdb')),
    removeArchive({ name: COUCHDB }),
    dropPackages('cozy'),
    removeFiles,
  ],
};

const portDemand: Demand = {
  kind: 'script',
  name: 'ports 80 and 443 for nginx, 5984, 6060 and 8080 on loopback',
  code: 'LAYER_CONFLICT',
  script: shell`[ ! -e ${LAID} ] || exit 0
has=$(ss -Hltnp 'sport = :80 or sport = :443 or sport = :5984 or sport = :6060 or sport = :8080' 2>/dev/null | grep -v '"nginx"' | sed -n 's/.*users:((\\("[^"]*"\\).*/\\1/p' | head -n 1)
[ -z "$has" ] || { echo "$has listens on a port that it needs"; exit 1; }`,
};

function sameDemand(context: Context): Demand {
  return {
    kind: 'script',
    name: 'the same first instance as before, or none',
    code: 'LAYER_CONFLICT',
    script: shell`[ ! -e ${LAID} ] || [ "$(cat ${LAID})" = ${hostnameOf(context)} ] || { echo "its first instance is $(cat ${LAID}), and stays"; exit 1; }`,
  };
}
