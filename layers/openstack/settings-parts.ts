import { rootOf } from './endpoints.ts';
import type { Context } from './parameters.ts';
import { tlsOf } from './tls.ts';

/** Section → option → value. Secrets stand in values as `{name}`. */
export type Settings = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

/** oslo.config's INI. */
export function iniText(settings: Settings): string {
  return Object.entries(settings)
    .map(([section, options]) =>
      [`[${section}]`, ...Object.entries(options).map(([name, value]) => `${name} = ${value}`), ''].join(
        '\n',
      ),
    )
    .join('\n');
}

/** Through its socket: nothing but the controller's own services speak with it. */
export function database(name: string): string {
  return `mysql+pymysql://openstack:{database}@localhost/${name}?unix_socket=/run/mysqld/mysqld.sock`;
}

export function messages(controller: string): string {
  return `rabbit://openstack:{messages}@${controller}:5672/`;
}

/** As whom a service speaks with the others. */
export function credentials(context: Context, user: string): Settings[string] {
  const identity = rootOf('identity', context);
  return {
    auth_type: 'password',
    auth_url: identity,
    username: user,
    password: '{service}',
    user_domain_name: 'Default',
    project_name: 'service',
    project_domain_name: 'Default',
    region_name: context.parameters.region,
    cafile: tlsOf(context).authority,
  };
}

export function tokens(context: Context, user: string): Settings[string] {
  const { auth_url = '', ...rest } = credentials(context, user);
  return {
    ...rest,
    auth_url,
    www_authenticate_uri: auth_url,
    memcached_servers: '127.0.0.1:11211',
    service_token_roles_required: true,
  };
}

/** Section by section: what is told later wins. */
export function together(...all: readonly Settings[]): Settings {
  const sum: Record<string, Settings[string]> = {};
  for (const settings of all)
    for (const [section, options] of Object.entries(settings)) sum[section] = { ...sum[section], ...options };
  return sum;
}
