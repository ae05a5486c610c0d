import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { catalogueOf, catalogueScript } from './catalogue.ts';
import { controllerOf, hasVolumes } from './duties.ts';
import { endpointOf } from './endpoints.ts';
import type { Context } from './parameters.ts';
import { ADMIN_RC } from './paths.ts';
import { fileOf, readSecrets, secretWord } from './secrets.ts';
import { markStale } from './services-step.ts';
import { tlsOf } from './tls.ts';

export const DATABASES = [
  'keystone',
  'glance',
  'placement',
  'nova_api',
  'nova',
  'nova_cell0',
  'neutron',
] as const;
export const DATABASE_SETTINGS = '/etc/mysql/mariadb.conf.d/90-rackwright.cnf';

/**
 * Each process of each service keeps connections of its own, and the 151 of the package run out. It is spoken to through its
 * socket, but for the storage machines.
 */
function databaseSettings(context: Context): string {
  const open = hasVolumes(context) ? `bind-address = ${controllerOf(context).address}\n` : '';
  return `[mysqld]\nmax_connections = 2000\n${open}`;
}

export function configureDatabase(context: Context): LayerStep {
  const text = databaseSettings(context);
  const who = hasVolumes(context) ? ', from storage machines too' : '';
  return {
    name: 'configure MariaDB',
    does: `Have it take 2000 connections${who}, in ${DATABASE_SETTINGS}.`,
    done: hasText(DATABASE_SETTINGS, text),
    script: lines(markStale('base'), putText(DATABASE_SETTINGS, text)),
    deadlineMs: 60_000,
  };
}

const databaseNames = DATABASES.map((name) => `'${name}'`).join(', ');
const makeDatabases = [
  ...DATABASES.map((name) => `CREATE DATABASE IF NOT EXISTS ${name};`),
  'CREATE USER IF NOT EXISTS openstack@localhost;',
  "ALTER USER openstack@localhost IDENTIFIED BY '{database}';",
  ...DATABASES.map((name) => `GRANT ALL ON ${name}.* TO openstack@localhost;`),
].join('\n');

/** The user sees only what it may use, so that counting is enough. */
export const createDatabases: LayerStep = {
  name: 'create the databases',
  does: `Create ${DATABASES.join(', ')}, and the user that they belong to.`,
  done: shell`${readSecrets('{database}')}
[ "$(MYSQL_PWD="$secret_database" mariadb --no-defaults -u openstack -N -e ${`SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name IN (${databaseNames})`} 2>/dev/null)" = ${DATABASES.length} ]`,
  script: lines(readSecrets(makeDatabases), shell`printf '%s\\n' ${secretWord(makeDatabases)} | mariadb`),
  deadlineMs: 300_000,
};

/** Its own first user, guest, has a password that everybody knows. rabbitmqctl reads passwords from its input. */
export const createBrokerUser: LayerStep = {
  name: 'create the user of RabbitMQ',
  does: 'Have RabbitMQ know the user openstack, and nobody else.',
  done: shell`[ "$(rabbitmqctl -q --no-table-headers list_users 2>/dev/null | cut -f 1)" = openstack ] && rabbitmqctl -q authenticate_user openstack <${fileOf('messages')} >/dev/null 2>&1 && rabbitmqctl -q --no-table-headers list_user_permissions openstack 2>/dev/null | grep -q '^/'`,
  script: lines(
    shell`rabbitmqctl -q await_startup`,
    shell`if rabbitmqctl -q --no-table-headers list_users | grep -q '^openstack'; then verb=change_password; else verb=add_user; fi`,
    shell`rabbitmqctl -q "$verb" openstack <${fileOf('messages')}`,
    shell`rabbitmqctl -q set_permissions -p / openstack '.*' '.*' '.*'`,
    shell`if rabbitmqctl -q --no-table-headers list_users | grep -q '^guest'; then rabbitmqctl -q delete_user guest; fi`,
  ),
  deadlineMs: 300_000,
};

export const createKeystoneKeys: LayerStep = {
  name: 'create the keys of keystone',
  does: 'Make the keys that tokens and credentials are encrypted with.',
  done: shell`[ -s /etc/keystone/fernet-keys/0 ] && [ -s /etc/keystone/credential-keys/0 ]`,
  script: lines(
    shell`runuser -u keystone -- keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone`,
    shell`runuser -u keystone -- keystone-manage credential_setup --keystone-user keystone --keystone-group keystone`,
  ),
  deadlineMs: 120_000,
};

function identityOf(context: Context): string {
  return catalogueOf(context).identity;
}

/** Apache answers for it until it is there. */
function awaitIdentity(context: Context): Shell {
  return shell`left=60
until curl -sf --cacert ${tlsOf(context).authority} -o /dev/null --max-time 60 ${identityOf(context)}; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then echo "keystone does not answer:"; systemctl status --no-pager keystone | tail -n 15; exit 1; fi
  sleep 1
done`;
}

/** Through the environment: whoever runs a password as a word shows it to all. */
export function bootstrapIdentity(context: Context): LayerStep {
  const { region } = context.parameters;
  const identity = identityOf(context);
  const body =
    '{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"admin","domain":{"id":"default"},"password":"{admin}"}}},"scope":{"project":{"name":"admin","domain":{"id":"default"}}}}}';
  return {
    name: 'create the admin',
    does: `Have keystone know the user admin, the region ${region}, and where it is itself.`,
    done: shell`${readSecrets(body)}
printf %s ${secretWord(body)} | curl -sf --cacert ${tlsOf(context).authority} -o /dev/null --max-time 60 -H 'Content-Type: application/json' --data @- ${`${identity}/auth/tokens`}`,
    script: lines(
      awaitIdentity(context),
      readSecrets('{admin}'),
      shell`OS_BOOTSTRAP_PASSWORD="$secret_admin" runuser -u keystone -- keystone-manage bootstrap --bootstrap-username admin --bootstrap-project-name admin --bootstrap-role-name admin --bootstrap-service-name keystone --bootstrap-region-id ${region} --bootstrap-public-url ${identity} --bootstrap-internal-url ${identity} --bootstrap-admin-url ${identity}`,
    ),
    deadlineMs: 300_000,
  };
}

export function fillCatalogue(context: Context): LayerStep {
  const catalogue = catalogueOf(context);
  const words = [JSON.stringify(catalogue), fileOf('admin'), fileOf('service')];
  return {
    name: 'fill the catalogue',
    does: `Have keystone know ${catalogue.services.map(({ name }) => name).join(', ')}, who they are and where they answer.`,
    done: shell`printf %s ${catalogueScript} | python3 - ${[...words, 'look']} 2>/dev/null`,
    script: shell`printf %s ${catalogueScript} | python3 - ${words}`,
    deadlineMs: 300_000,
  };
}

/** It reads the password where it is, instead of having it once more. */
export function writeAdminFile(context: Context): LayerStep {
  const text = `# Written by rackwright: . ${ADMIN_RC}; openstack server list
export OS_AUTH_URL=${endpointOf('identity', context)}
export OS_CACERT=${tlsOf(context).authority}
export OS_IDENTITY_API_VERSION=3
export OS_USERNAME=admin
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_NAME=admin
export OS_PROJECT_DOMAIN_NAME=Default
export OS_REGION_NAME=${context.parameters.region}
OS_PASSWORD=$(cat ${fileOf('admin')})
export OS_PASSWORD
`;
  return {
    name: 'write the file of the admin',
    does: `Write ${ADMIN_RC}, which signs in whoever may read the admin's password.`,
    done: hasText(ADMIN_RC, text),
    script: putText(ADMIN_RC, text),
    deadlineMs: 60_000,
  };
}
