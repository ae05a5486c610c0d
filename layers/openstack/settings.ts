import { controllerOf, type Duty, dutiesOf, hasVolumes } from './duties.ts';
import { type Endpoint, endpointOf, hostOf, LOOPBACK, portBehind } from './endpoints.ts';
import { networkSettings } from './network-settings.ts';
import type { Context } from './parameters.ts';
import type { Project } from './service.ts';
import { credentials, database, messages, type Settings, together, tokens } from './settings-parts.ts';
import { tlsOf } from './tls.ts';
import { volumeSettings } from './volume-settings.ts';

/** Of a service that listens by its own settings. */
function behind(name: Endpoint, host: string, port: string): Settings[string] {
  return { [host]: LOOPBACK, [port]: portBehind(name) };
}

/** What a project is told on this machine, on top of what its packages say. */
export function settingsOf(project: Exclude<Project, 'base'>, context: Context): Settings {
  const duties = dutiesOf(context);
  switch (project) {
    case 'keystone':
      return {
        database: { connection: database('keystone') },
        token: { provider: 'fernet' },
        oslo_middleware: { enable_proxy_headers_parsing: true },
      };
    case 'glance':
      return {
        DEFAULT: {
          enabled_backends: 'local:file',
          workers: context.parameters.workers,
          ...behind('image', 'bind_host', 'bind_port'),
        },
        oslo_middleware: { enable_proxy_headers_parsing: true },
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
        oslo_middleware: { enable_proxy_headers_parsing: true },
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
    glance: { api_servers: endpointOf('image', context), cafile: tlsOf(context).authority },
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
      ...behind('compute', 'osapi_compute_listen', 'osapi_compute_listen_port'),
      ...behind('metadata', 'metadata_listen', 'metadata_listen_port'),
    },
    oslo_middleware: { enable_proxy_headers_parsing: true },
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
    vnc: { enabled: true, ...behind('console', 'novncproxy_host', 'novncproxy_port') },
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
        ...behind('network', 'bind_host', 'bind_port'),
      }),
      ...(answersMetadata && {
        nova_metadata_host: hostOf(context),
        nova_metadata_protocol: 'https',
        auth_ca_cert: tlsOf(context).authority,
        metadata_proxy_shared_secret: '{metadata}',
        metadata_workers: workers,
      }),
    },
    ...(duties.includes('control') && {
      database: { connection: database('neutron') },
      oslo_middleware: { enable_proxy_headers_parsing: true },
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
