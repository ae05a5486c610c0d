import { lines, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { storageOf } from './duties.ts';
import type { Context } from './parameters.ts';
import { readSecrets, secretWord } from './secrets.ts';
import { CINDER_DATABASE, CINDER_USER } from './volume-settings.ts';

/** Unlike the others, cinder-volume asks the database itself: each storage machine may, from its address alone. */
export function createVolumeDatabase(context: Context): LayerStep {
  const hosts = storageOf(context).map(({ address }) => address as string);
  const list = hosts.map((host) => `'${host}'`).join(', ');
  const known = (which: string) =>
    `SELECT COUNT(*) FROM mysql.user WHERE user = '${CINDER_USER}' AND host ${which} (${list})`;
  const make = [
    `CREATE DATABASE IF NOT EXISTS ${CINDER_DATABASE};`,
    `GRANT ALL ON ${CINDER_DATABASE}.* TO openstack@localhost;`,
    ...hosts.flatMap((host) => [
      `CREATE USER IF NOT EXISTS ${CINDER_USER}@'${host}';`,
      `ALTER USER ${CINDER_USER}@'${host}' IDENTIFIED BY '{database}';`,
      `GRANT ALL ON ${CINDER_DATABASE}.* TO ${CINDER_USER}@'${host}';`,
    ]),
  ].join('\n');
  const strangers = `SELECT CONCAT('DROP USER ${CINDER_USER}@''', host, ''';') FROM mysql.user WHERE user = '${CINDER_USER}' AND host NOT IN (${list})`;
  return {
    name: 'create the database of cinder',
    does: `Create ${CINDER_DATABASE}, for the controller and for ${hosts.join(', ')}.`,
    done: shell`${readSecrets('{database}')}
[ "$(MYSQL_PWD="$secret_database" mariadb --no-defaults -u openstack -N -e ${`SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '${CINDER_DATABASE}'`} 2>/dev/null)" = 1 ] && [ "$(mariadb -N -e ${known('IN')})" = ${hosts.length} ] && [ "$(mariadb -N -e ${known('NOT IN')})" = 0 ]`,
    script: lines(
      readSecrets(make),
      shell`printf '%s\\n' ${secretWord(make)} | mariadb`,
      shell`mariadb -N -e ${strangers} | mariadb`,
    ),
    deadlineMs: 300_000,
  };
}

/** Every machine's user of it: who they were is not asked for any more. */
export const dropVolumeDatabase = lines(
  shell`mariadb -e ${`DROP DATABASE IF EXISTS ${CINDER_DATABASE}`}`,
  shell`mariadb -N -e ${`SELECT CONCAT('DROP USER ${CINDER_USER}@''', host, ''';') FROM mysql.user WHERE user = '${CINDER_USER}'`} | mariadb`,
);
