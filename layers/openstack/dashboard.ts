import { lines } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { controllerOf } from './duties.ts';
import { endpointOf, hostOf } from './endpoints.ts';
import type { Context } from './parameters.ts';
import { markStale } from './services-step.ts';
import { namesOf, tlsOf } from './tls.ts';

interface Place {
  /** Where it is in its site; what the package made of styles and scripts counts on it. */
  readonly root: '/' | '/horizon';
  readonly program: string;
  readonly static: string;
  /** Its settings read every file in there, one after the other. */
  readonly settings: string;
}

const debian: Place = {
  root: '/',
  program: '/usr/share/openstack-dashboard/wsgi.py',
  static: '/var/lib/openstack-dashboard/static',
  settings: '/etc/openstack-dashboard/local_settings.d',
};
const ubuntu: Place = {
  root: '/horizon',
  program: '/usr/share/openstack-dashboard/openstack_dashboard/wsgi.py',
  static: '/var/lib/openstack-dashboard/static',
  settings: '/usr/share/openstack-dashboard/openstack_dashboard/local/local_settings.d',
};

function placeOf({ system }: Pick<Context, 'system'>): Place {
  return system.startsWith('ubuntu/') ? ubuntu : debian;
}

/** Ends with a slash. */
export function dashboardAddress(context: Context): string {
  const { root } = placeOf(context);
  return `https://${hostOf(context)}${root === '/' ? '/' : `${root}/`}`;
}

export function settingsFile(context: Pick<Context, 'system'>): string {
  return `${placeOf(context).settings}/_9900_rackwright.py`;
}

/** Part of Apache's site. */
export function dashboardText(context: Context): string {
  const { root, program, static: folder } = placeOf(context);
  const base = root === '/' ? '' : root;
  return `	WSGIDaemonProcess horizon processes=${context.parameters.workers} threads=10 user=www-data group=www-data display-name=%{GROUP}
	WSGIProcessGroup horizon
	WSGIApplicationGroup %{GLOBAL}
	Alias ${base}/static ${folder}
	WSGIScriptAlias ${root} ${program}
${base ? `	RedirectMatch ^/$ ${base}/\n` : ''}	<Directory ${program.slice(0, program.lastIndexOf('/'))}>
		Require all granted
	</Directory>
	<Directory ${folder}>
		Require all granted
	</Directory>`;
}

/**
 * Sessions are in memcached, which all its processes see. Cookies go over HTTPS alone. It answers to the names that its
 * certificate has, and to no others.
 */
function settingsText(context: Context): string {
  const { address } = controllerOf(context);
  const names = [...namesOf(context), address].map((name) => `'${name}'`).join(', ');
  const root = placeOf(context).root === '/' ? '/' : `${placeOf(context).root}/`;
  return `# Written by rackwright.
WEBROOT = '${root}'
ALLOWED_HOSTS = [${names}]
OPENSTACK_HOST = '${hostOf(context)}'
OPENSTACK_KEYSTONE_URL = '${endpointOf('identity', context)}'
OPENSTACK_SSL_CACERT = '${tlsOf(context).authority}'
SESSION_ENGINE = 'django.contrib.sessions.backends.cache'
CACHES = {
    'default': {
        'BACKEND': 'django.core.cache.backends.memcached.PyMemcacheCache',
        'LOCATION': '127.0.0.1:11211',
    }
}
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
`;
}

export function configureDashboard(context: Context): LayerStep {
  const [file, text] = [settingsFile(context), settingsText(context)];
  return {
    name: 'configure horizon',
    does: `Write ${file}, on top of what the package says.`,
    done: hasText(file, text),
    script: lines(markStale('apache'), putText(file, text)),
    deadlineMs: 60_000,
  };
}
