/** What is remembered of a machine between runs. */
export const STATE = '/var/lib/rackwright/openstack';
/** Those of the machine before anything of ours came. */
export const USERS_BEFORE = `${STATE}/users-before`;
export const ADMIN_RC = '/root/admin-openrc';
/** Read by every init script of these packages, after its own words. */
export const DAEMON_DEFAULTS = '/etc/default/openstack';

export function configFile(project: string): string {
  return `/etc/${project}/${project}.conf.d/rackwright.conf`;
}

/** There while a project's services have not read what was written last. A restart of the machine needs no more. */
export function staleMark(project: string): string {
  return `/run/rackwright/openstack-${project}-to-restart`;
}

/** The authority's certificate is there on every machine, the certificate of the APIs on the controller. */
export const TLS_FOLDER = '/etc/rackwright/tls/openstack';

/** On Debian, where one package has three console proxies. */
export const CONSOLE_DEFAULTS = '/etc/default/nova-consoleproxy';
