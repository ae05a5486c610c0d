import { lines, shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { certificateOf, type Context, defineCozy, hostnameOf } from './places.ts';

export function verifications(context: Context): readonly Verification[] {
  const { authority } = certificateOf(context);
  const host = hostnameOf(context);
  const apps = context.parameters.apps.split(',');
  const app = apps.includes('drive') ? 'drive' : (apps[0] ?? '');
  const trust = authority === undefined ? [] : ['--cacert', authority];
  const names = [host, `${app}.${host}`];
  const to = names.flatMap((name) =>
    [443, 80].flatMap((port) => ['--resolve', `${name}:${port}:${context.address}`]),
  );
  const ask = shell`curl --noproxy '*' --silent --show-error --max-time 60 ${[...trust, ...to]}`;
  return [
    {
      kind: 'command',
      name: 'the instance answers over HTTPS',
      script: lines(
        defineCozy,
        shell`echo 'the stack is well'`,
        shell`cozy status`,
        shell`echo 'the instance sends a stranger to its login page'`,
        shell`page=$(${ask} --location --fail --write-out '%{url_effective}' ${`https://${host}/`})`,
        shell`case $page in *${`https://${host}/auth/`}*) ;; *) echo "it ends at $(printf '%s' "$page" | tail -n 1 | cut -c 1-200)"; exit 1 ;; esac`,
        shell`printf '%s' "$page" | grep -q '<form' || { echo 'the login page has no form'; exit 1; }`,
        shell`echo ${`the application ${app} is installed, and answers by its own name`}`,
        shell`cozy apps ls --domain ${host} | awk '{ print $1 }' | grep -qxF ${app} || { echo ${`${app} is not installed`}; exit 1; }`,
        shell`status=$(${ask} --output /dev/null --write-out '%{http_code}' ${`https://${app}.${host}/`})`,
        shell`case $status in 200 | 302 | 303) ;; *) echo ${app}.${host} answered "$status"; exit 1 ;; esac`,
      ),
    },
    {
      kind: 'command',
      name: 'HTTP goes to HTTPS',
      script: lines(
        shell`said=$(${ask} --output /dev/null --write-out '%{http_code} %{redirect_url}' ${`http://${host}/x?y=z`})`,
        shell`echo "$said"`,
        shell`[ "$said" = ${`308 https://${host}/x?y=z`} ]`,
        shell`head=$(${ask} --output /dev/null --dump-header - ${`https://${host}/`})`,
        shell`printf '%s\\n' "$head" | grep -i '^strict-transport-security: max-age=[1-9]' || { echo 'it does not say that it is never HTTP'; exit 1; }`,
      ),
    },
  ];
}
