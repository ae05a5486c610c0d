import { lines, type Shell, shell } from '../../remote/index.ts';
import { mirrored } from '../parts/mirror.ts';
import { secretFile } from '../parts/secret-file.ts';
import { type Context, HOME, TREE } from './place.ts';

export const LOCAL_CONF = `${TREE}/local.conf`;

/** Also the names of the variables: `admin-password` → ADMIN_PASSWORD. */
export const SECRETS = [
  { name: 'admin-password', does: 'the password of the users admin and demo' },
  { name: 'database-password', does: "the password of the database's root" },
  { name: 'rabbit-password', does: "the password of the message queue's user" },
  { name: 'service-password', does: 'the password of the services among themselves' },
] as const;

/** stackrc of all supported branches. */
const CIRROS = '0.6.3';

/** What stack.sh is to do, without the passwords. */
export function settings({ address, packageProxy, parameters }: Context): readonly string[] {
  const { mirror, services, offline } = parameters;
  const words = services?.split(',') ?? [];
  const cirros = `cirros-${CIRROS}-x86_64-disk`;
  return [
    `HOST_IP=${address}`,
    // Colours and a spinner are for terminals.
    'LOG_COLOR=False',
    'VERBOSE=True',
    ...(offline ? ['OFFLINE=True'] : ['RECLONE=yes']),
    ...(packageProxy === undefined
      ? []
      : [
          `http_proxy=${packageProxy}`,
          `https_proxy=${packageProxy}`,
          `no_proxy=localhost,127.0.0.1,${address}`,
        ]),
    ...(mirror === undefined
      ? []
      : [
          `GIT_BASE=${mirrored('https://opendev.org/', mirror).replace(/\/$/, '')}`,
          `NOVNC_REPO=${mirrored('https://github.com/novnc/novnc.git', mirror)}`,
          `ETCD_DOWNLOAD_URL=${mirrored('https://github.com/etcd-io/etcd/releases/download', mirror)}`,
          'DOWNLOAD_DEFAULT_IMAGES=False',
          `CIRROS_VERSION=${CIRROS}`,
          `DEFAULT_IMAGE_NAME=${cirros}`,
          `IMAGE_URLS=${mirrored(`https://github.com/cirros-dev/cirros/releases/download/${CIRROS}/${cirros}.img`, mirror)}`,
        ]),
    ...words.map((word) =>
      word.startsWith('-') ? `disable_service ${word.slice(1)}` : `enable_service ${word}`,
    ),
  ];
}

/** Writes the file to its standard output; the passwords pass through builtins and `cat` alone. */
function text(context: Context): Shell {
  return lines(
    shell`printf '%s\\n' '[[local|localrc]]'`,
    ...SECRETS.map(({ name }) => {
      const variable = name.toUpperCase().replace('-', '_');
      return shell`printf '%s=%s\\n' ${variable} "$(cat ${secretFile('devstack', name)})"`;
    }),
    shell`printf '%s\\n' ${settings(context)}`,
  );
}

export function hasLocalConf(context: Context): Shell {
  return shell`[ "$(stat -c '%U %a' ${LOCAL_CONF} 2>/dev/null)" = 'stack 600' ] && [ "$(cat ${LOCAL_CONF})" = "$(
${text(context)}
)" ]`;
}

export function putLocalConf(context: Context): Shell {
  // A name of its own in root's folder: stack.sh reads *.conf beside it, and the user could swap a link under our hands.
  return lines(
    shell`umask 077`,
    shell`draft=$(mktemp)`,
    shell`trap 'rm -f "$draft"' EXIT`,
    shell`{\n${text(context)}\n} >"$draft"`,
    shell`install -o stack -g stack -m 0600 "$draft" ${HOME}/.local.conf.rackwright-new`,
    shell`mv ${HOME}/.local.conf.rackwright-new ${LOCAL_CONF}`,
  );
}
