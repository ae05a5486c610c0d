import { controllerOf, type Duty, dutiesOf, hasVolumes } from './duties.ts';
import { endpointOf } from './endpoints.ts';
import { networkSettings } from './network-settings.ts';
import type { Context } from './parameters.ts';
import type { Project } from './service.ts';
import { credentials, database, messages, type Settings, together, tokens } from './settings-parts.ts';
import { volumeSettings } from './volume-settings.ts';

/** What a project is told on this machine, on top of what its packages say. */
export function settingsOf(project: Exclude<Project, 'base'>, context: Context): Settings {
  const duties = dutiesOf(context);
  switch (project) {
    case 'keystone':
      return { database: { connection: database('keystone') }, token: { provider: 'fernet' } };
    case 'glance':
      return {
        DEFAULT: { enabled_backends: 'local:file', workers: context.parameters.workers },
        database: { connection: database('glance') },
        glance_store: { default_backend: 'local' },
        local: { filesystem_store_datadir: '/var/lib/glance/images' },
        keystone_authtoken: tokens(context, 'glance'),
        paste_deploy: { flavor: 'keystone' },
      };
    case 'placement':
      return {
        placement_database: { connection: database('placement') },
        api: { auth_strategy: 'keystone' },
        keystone_authtoken: tokens(context, 'placement'),
      };
    case 'nova':
      return duties.includes('compute') ? novaCompute(context) : novaControl(context);
    case 'neutron':
      return together(neutron(context, duties), networkSettings(context));
    case 'cinder':
      return volumeSettings(context);
  }
}

function novaEverywhere(context: Context): Settings {
  const { address } = controllerOf(context);
  return {
    DEFAULT: { my_ip: context.address, transport_url: messages(address) },
    service_user: { send_service_user_token: true, ...credentials(context, 'nova') },
    placement: credentials(context, 'placement'),
    glance: { api_servers: endpointOf('image', context) },
    oslo_concurrency: { lock_path: '/var/lib/nova/tmp' },
    spice: { enabled: false },
    ...(hasVolumes(context) && {
      cinder: { os_region_name: context.parameters.region, ...credentials(context, 'nova') },
    }),
  };
}

function novaControl(context: Context): Settings {
  const { workers } = context.parameters;
  return {
    ...novaEverywhere(context),
    DEFAULT: {
      ...novaEverywhere(context)['DEFAULT'],
      osapi_compute_workers: workers,
      metadata_workers: workers,
    },
    api: { auth_strategy: 'keystone' },
    api_database: { connection: database('nova_api') },
    database: { connection: database('nova') },
    keystone_authtoken: tokens(context, 'nova'),
    neutron: {
      ...credentials(context, 'neutron'),
      service_metadata_proxy: true,
      metadata_proxy_shared_secret: '{metadata}',
    },
    conductor: { workers },
    scheduler: { workers, discover_hosts_in_cells_interval: 60 },
    vnc: { enabled: true, novncproxy_host: context.address },
  };
}

function novaCompute(context: Context): Settings {
  const { emulation } = context.parameters;
  return {
    ...novaEverywhere(context),
    DEFAULT: {
      ...novaEverywhere(context)['DEFAULT'],
      host: context.machineName,
      compute_driver: 'libvirt.LibvirtDriver',
    },
    neutron: credentials(context, 'neutron'),
    libvirt: emulation ? { virt_type: 'qemu', cpu_mode: 'none' } : { virt_type: 'kvm' },
    vnc: {
      enabled: true,
      server_listen: context.address,
      server_proxyclient_address: context.address,
      novncproxy_base_url: endpointOf('console', context),
    },
  };
}

/** Servers and agents read one file: they know each other's options, and pass over what is not theirs. */
function neutron(context: Context, duties: readonly Duty[]): Settings {
  const { mtu, networks, workers } = context.parameters;
  const { address } = controllerOf(context);
  // OVN has an agent for it beside each guest; the others have one beside each router.
  const answersMetadata = duties.includes(networks === 'ovn' ? 'compute' : 'network');
  return {
    DEFAULT: {
      host: context.machineName,
      transport_url: messages(address),
      global_physnet_mtu: mtu,
      ...(duties.includes('control') && {
        core_plugin: 'ml2',
        auth_strategy: 'keystone',
        api_workers: workers,
        rpc_workers: workers,
      }),
      ...(answersMetadata && {
        nova_metadata_host: address,
        metadata_proxy_shared_secret: '{metadata}',
        metadata_workers: workers,
      }),
    },
    ...(duties.includes('control') && {
      database: { connection: database('neutron') },
      keystone_authtoken: tokens(context, 'neutron'),
      nova: credentials(context, 'nova'),
      ml2: {
        extension_drivers: 'port_security',
        path_mtu: mtu,
      },
      ml2_type_flat: { flat_networks: 'external' },
    }),
    oslo_concurrency: { lock_path: '/var/lib/neutron/tmp' },
  };
}
