import { type Duty, dutiesOf, controllerOf } from './duties.ts';
import { type Endpoint, endpointOf, hostOf, LOOPBACK, portBehind, rootOf } from './endpoints.ts';
import type { Context } from './parameters.ts';
import type { Project } from './services.ts';
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
function database(name: string): string {
  return `mysql+pymysql://openstack:{database}@localhost/${name}?unix_socket=/run/mysqld/mysqld.sock`;
}

function messages(controller: string): string {
  return `rabbit://openstack:{messages}@${controller}:5672/`;
}

/** As whom a service speaks with the others. */
function credentials(context: Context, user: string): Settings[string] {
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

function tokens(context: Context, user: string): Settings[string] {
  const { auth_url = '', ...rest } = credentials(context, user);
  return {
    ...rest,
    auth_url,
    www_authenticate_uri: auth_url,
    memcached_servers: '127.0.0.1:11211',
    service_token_roles_required: true,
  };
}

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
      return neutron(context, duties);
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
  const { mtu, externalInterface, workers } = context.parameters;
  const { address } = controllerOf(context);
  const isNetwork = duties.includes('network');
  return {
    DEFAULT: {
      host: context.machineName,
      transport_url: messages(address),
      global_physnet_mtu: mtu,
      interface_driver: 'linuxbridge',
      ...(duties.includes('control') && {
        core_plugin: 'ml2',
        service_plugins: 'router',
        auth_strategy: 'keystone',
        api_workers: workers,
        rpc_workers: workers,
        ...behind('network', 'bind_host', 'bind_port'),
      }),
      ...(isNetwork && {
        enable_isolated_metadata: true,
        nova_metadata_host: hostOf(context),
        nova_metadata_protocol: 'https',
        auth_ca_cert: tlsOf(context).authority,
        metadata_proxy_shared_secret: '{metadata}',
        metadata_workers: workers,
      }),
    },
    // Since 2022 the servers load it only when they are told that its end is known: it is gone from 2025.1 on.
    experimental: { linuxbridge: true },
    ...(duties.includes('control') && {
      database: { connection: database('neutron') },
      oslo_middleware: { enable_proxy_headers_parsing: true },
      keystone_authtoken: tokens(context, 'neutron'),
      nova: credentials(context, 'nova'),
      ml2: {
        type_drivers: 'flat,vxlan',
        tenant_network_types: 'vxlan',
        mechanism_drivers: 'linuxbridge,l2population',
        extension_drivers: 'port_security',
        path_mtu: mtu,
      },
      ml2_type_flat: { flat_networks: 'external' },
      ml2_type_vxlan: { vni_ranges: '1:16000' },
    }),
    oslo_concurrency: { lock_path: '/var/lib/neutron/tmp' },
    vxlan: { enable_vxlan: true, local_ip: context.address, l2_population: true },
    securitygroup: { enable_security_group: true, firewall_driver: 'iptables', enable_ipset: true },
    linux_bridge:
      isNetwork && externalInterface !== undefined
        ? { physical_interface_mappings: `external:${externalInterface}` }
        : {},
  };
}
