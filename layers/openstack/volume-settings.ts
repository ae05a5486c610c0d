import { controllerOf, does } from './duties.ts';
import { endpointOf } from './endpoints.ts';
import type { Context } from './parameters.ts';
import { tlsOf } from './tls.ts';
import { credentials, database, messages, type Settings, tokens } from './settings-parts.ts';

export const CINDER_DATABASE = 'cinder';
/** Its own, and not the other services': storage machines sign in over the network, and see this database alone. */
export const CINDER_USER = 'cinder';

export function volumeSettings(context: Context): Settings {
  const { address } = controllerOf(context);
  const { workers } = context.parameters;
  const isControl = does(context, 'control');
  const everywhere: Settings = {
    DEFAULT: {
      host: context.machineName,
      my_ip: context.address,
      transport_url: messages(address),
      glance_api_servers: endpointOf('image', context),
      glance_ca_certificates_file: tlsOf(context).authority,
      ...(isControl && { auth_strategy: 'keystone', osapi_volume_workers: workers }),
      ...(!isControl && { enabled_backends: 'lvm' }),
    },
    service_user: { send_service_user_token: true, ...credentials(context, 'cinder') },
    nova: credentials(context, 'nova'),
    oslo_concurrency: { lock_path: '/var/lib/cinder/tmp' },
  };
  if (isControl)
    return {
      ...everywhere,
      database: { connection: database(CINDER_DATABASE) },
      keystone_authtoken: tokens(context, 'cinder'),
      oslo_middleware: { enable_proxy_headers_parsing: true },
    };
  return {
    ...everywhere,
    database: { connection: `mysql+pymysql://${CINDER_USER}:{database}@${address}/${CINDER_DATABASE}` },
    lvm: {
      volume_backend_name: 'lvm',
      volume_driver: 'cinder.volume.drivers.lvm.LVMVolumeDriver',
      volume_group: context.parameters.volumeGroup,
      target_protocol: 'iscsi',
      target_helper: 'tgtadm',
      target_ip_address: context.address,
    },
  };
}
