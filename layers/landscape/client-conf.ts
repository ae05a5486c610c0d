import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerContext } from '../layer.ts';
import { secretFile } from '../parts/secret-file.ts';
import type { Parameters } from './parameters.ts';

export type Context = LayerContext<Parameters>;

export const STATE = '/var/lib/rackwright/landscape';
/** What the client is told. Its own /etc/landscape/client.conf is written by itself, in its own order. */
export const TOLD = `${STATE}/client.conf`;
/** Where the server that is installed here puts the authority of its own certificate. */
const OWN_AUTHORITY = '/etc/ssl/certs/landscape_server_ca.crt';
const GIVEN_AUTHORITY = secretFile('landscape', 'server-certificate');
const KEY = secretFile('landscape', 'registration-key');

export function serverUrl({ address, parameters: { server, serverHost } }: Context): string {
  const host = serverHost ?? (server === 'quickstart' ? address : 'landscape.canonical.com');
  return `https://${host}`;
}

/** Of the file without its secret. example.conf of landscape-client. */
export function settings(context: Context): readonly string[] {
  const { account, title, tags, mayRunAs } = context.parameters;
  const url = serverUrl(context);
  return [
    '[client]',
    `account_name = ${account}`,
    `computer_title = ${title ?? context.machineName}`,
    `url = ${url}/message-system`,
    // The ping says nothing but a number, and only without TLS.
    `ping_url = ${url.replace('https:', 'http:')}/ping`,
    'data_path = /var/lib/landscape/client',
    'log_level = info',
    ...(tags === undefined ? [] : [`tags = ${tags}`]),
    ...(mayRunAs === undefined
      ? []
      : ['include_manager_plugins = ScriptExecution', `script_users = ${mayRunAs}`]),
  ];
}

function text(context: Context): Shell {
  return lines(
    shell`printf '%s\\n' ${settings(context)}`,
    // A certificate is public; it came with the request as what must not be altered on its way.
    shell`if [ -s ${GIVEN_AUTHORITY} ]; then echo ssl_public_key = ${GIVEN_AUTHORITY.replace(/.*\//, '/etc/landscape/')}.pem; elif [ -s ${OWN_AUTHORITY} ]; then echo ssl_public_key = ${OWN_AUTHORITY}; fi`,
    shell`[ ! -s ${KEY} ] || printf 'registration_key = %s\\n' "$(cat ${KEY})"`,
  );
}

export function isTold(context: Context): Shell {
  return shell`[ "$(stat -c %a ${TOLD} 2>/dev/null)" = 600 ] && [ "$(cat ${TOLD})" = "$(
${text(context)}
)" ]`;
}

export function tell(context: Context): Shell {
  return lines(
    shell`umask 077`,
    shell`mkdir -p ${STATE}`,
    shell`[ ! -s ${GIVEN_AUTHORITY} ] || install -m 0644 ${GIVEN_AUTHORITY} /etc/landscape/server-certificate.pem`,
    shell`{\n${text(context)}\n} >${TOLD}.new`,
    shell`mv ${TOLD}.new ${TOLD}`,
  );
}
