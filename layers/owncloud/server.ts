import { lines, type Shell, shell } from '../../remote/index.ts';
import { fetchStep } from '../parts/download.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { CRON_SERVICE, CRON_TIMER, cronServiceText, cronTimerText } from './cron.ts';
import {
  ADMIN_SECRET,
  certificateOf,
  type Context,
  DATABASE_SECRET,
  defineOcc,
  defineVersionOf,
  downloadOf,
  hostnameOf,
  LAID,
  laidText,
  namesOf,
  releaseOf,
  STATE,
  TREE,
  TREE_NEXT,
} from './places.ts';
import { isAtVersion, isInstalled, unpackNext } from './tree.ts';
import { upgrade } from './upgrade.ts';

export const serverPackages = [
  ...[
    'apache2',
    'libapache2-mod-php',
    'php-cli',
    'mariadb-server',
    'openssl',
    'curl',
    'bzip2',
    'ca-certificates',
  ],
  ...['php-apcu', 'php-curl', 'php-gd', 'php-intl', 'php-mbstring', 'php-mysql', 'php-xml', 'php-zip'],
];

/** Once Apache serves the place where the tree will be. */
export function layServer(context: Context): readonly LayerStep[] {
  return [
    fetchStep(downloadOf(context), context.packageProxy, isLaidAt(releaseOf(context).version)),
    prepareDatabase,
    install(context),
    upgrade(context),
    configure(context),
    cron,
  ];
}

/** Nothing of the archive is needed any more. */
export function isLaidAt(version: string): Shell {
  return shell`${isInstalled} && ${isAtVersion(version)}`;
}

const databaseAnswers = shell`[ "$(mariadb -N -e "SELECT 1 FROM mysql.db WHERE Db = 'owncloud' AND User = 'owncloud'" 2>/dev/null)" = 1 ] && [ -n "$(mariadb -N -e "SHOW DATABASES LIKE 'owncloud'" 2>/dev/null)" ]`;

/** The password goes in by standard input: the client shows its arguments to everybody on the machine. */
const prepareDatabase: LayerStep = {
  name: 'prepare the database',
  does: 'Make a database and a user owncloud in MariaDB, who may use nothing else.',
  done: databaseAnswers,
  script: lines(
    shell`systemctl --quiet enable --now mariadb`,
    shell`password=$(cat ${DATABASE_SECRET})`,
    shell`case $password in *[!A-Za-z0-9]*) echo 'the database password has more than letters and digits'; exit 1 ;; esac`,
    shell`mariadb <<END
CREATE DATABASE IF NOT EXISTS owncloud CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS owncloud@localhost IDENTIFIED BY '$password';
ALTER USER owncloud@localhost IDENTIFIED BY '$password';
GRANT ALL ON owncloud.* TO owncloud@localhost;
END`,
  ),
  deadlineMs: 120_000,
};

/**
 * By its own way of installing without a person: config/autoconfig.php, which it reads at the first request and removes.
 * occ takes both passwords as arguments only. They are base64 in there, so that no quote in them is one to PHP; the two
 * other words have only letters that are never quoted.
 */
function install(context: Context): LayerStep {
  const { adminName, dataDirectory } = context.parameters;
  const [draft, file] = [`${TREE_NEXT}/config/autoconfig.php`, `${TREE}/config/autoconfig.php`];
  return {
    name: 'install ownCloud',
    does: `Unpack it to ${TREE}, and have it install itself with the administrator ${adminName} and its files in ${dataDirectory}.`,
    done: shell`${isInstalled} && [ ! -e ${file} ]`,
    script: lines(
      shell`umask 022`,
      defineVersionOf,
      defineOcc,
      shell`mkdir -p ${STATE}`,
      putText(LAID, laidText(context)),
      shell`install -d -m 0750 -o www-data -g www-data ${dataDirectory}`,
      shell`if ! ${isInstalled}; then
  ${unpackNext(context)}
  install -m 0600 -o www-data -g www-data /dev/null ${draft}
  cat >${draft} <<END
<?php
\\$AUTOCONFIG = [
  'dbtype' => 'mysql',
  'dbname' => 'owncloud',
  'dbhost' => 'localhost',
  'dbuser' => 'owncloud',
  'dbpass' => base64_decode('$(base64 -w 0 ${DATABASE_SECRET})'),
  'dbtableprefix' => 'oc_',
  'adminlogin' => '${adminName}',
  'adminpass' => base64_decode('$(base64 -w 0 ${ADMIN_SECRET})'),
  'directory' => '${dataDirectory}',
];
END
  rm -rf ${TREE}
  mv ${TREE_NEXT} ${TREE}
  echo 'it installs itself'
  ${ask(context)} --output /dev/null ${`https://${hostnameOf(context)}/index.php`}
fi`,
      shell`rm -f ${file}`,
      shell`if ! ${isInstalled}; then
  echo "it did not install itself: $(tail -n 1 ${`${dataDirectory}/owncloud.log`} 2>/dev/null | cut -c 1-200)"
  exit 1
fi`,
      shell`rm -f ${downloadOf(context).path}`,
      shell`occ status`,
    ),
    deadlineMs: 900_000,
  };
}

/** curl to this server as whoever trusts its authority, whatever DNS says of the name. */
export function ask(context: Context): Shell {
  const { authority } = certificateOf(context);
  const trust = authority === undefined ? [] : ['--cacert', authority];
  const to = [443, 80].flatMap((port) => ['--resolve', `${hostnameOf(context)}:${port}:${context.address}`]);
  return shell`curl --noproxy '*' --silent --show-error --max-time 600 ${[...trust, ...to]}`;
}

function configure(context: Context): LayerStep {
  const names = namesOf(context);
  const url = `https://${hostnameOf(context)}/`;
  return {
    name: 'configure ownCloud',
    does: `Have it trust the names ${names.join(', ')}, and do its housekeeping by a timer.`,
    done: lines(
      defineOcc,
      shell`[ "$(occ config:system:get trusted_domains)" = ${names.join('\n')} ] && [ "$(occ config:system:get overwrite.cli.url)" = ${url} ] && [ "$(occ config:app:get core backgroundjobs_mode)" = cron ]`,
    ),
    script: lines(
      defineOcc,
      shell`occ config:system:delete trusted_domains`,
      ...names.map((name, index) => shell`occ config:system:set trusted_domains ${index} --value ${name}`),
      shell`occ config:system:set overwrite.cli.url --value ${url}`,
      shell`occ background:cron`,
    ),
    deadlineMs: 120_000,
  };
}

const cronIsSet = shell`${hasText(CRON_SERVICE.path, cronServiceText)} && ${hasText(CRON_TIMER.path, cronTimerText)} && systemctl --quiet is-enabled ${CRON_TIMER.name} && systemctl --quiet is-active ${CRON_TIMER.name}`;

const cron: LayerStep = {
  name: 'start the housekeeping',
  does: 'Run its background jobs every 15 minutes, by a timer of systemd.',
  done: cronIsSet,
  script: lines(
    putText(CRON_SERVICE.path, cronServiceText),
    putText(CRON_TIMER.path, cronTimerText),
    shell`systemctl daemon-reload`,
    shell`systemctl --quiet enable --now ${CRON_TIMER.name}`,
  ),
  deadlineMs: 60_000,
};

export function serverIsLaid(context: Context): Shell {
  return shell`${isLaidAt(releaseOf(context).version)} && ${databaseAnswers} && ${cronIsSet}`;
}
