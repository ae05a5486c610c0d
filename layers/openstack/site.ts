import { dashboardText } from './dashboard.ts';
import { controllerOf, hasVolumes } from './duties.ts';
import { type Endpoint, endpoints, endpointsIn, hostOf, LOOPBACK, portBehind } from './endpoints.ts';
import type { Context } from './parameters.ts';
import { tlsOf } from './tls.ts';

/** mod_ssl, mod_headers, mod_proxy_http, mod_wsgi. */
export function siteText(context: Context): string {
  const { name } = controllerOf(context);
  const secure = secureLines(context);
  return `# Written by rackwright: the cloud over HTTPS, on ${name}.
${endpointsIn(context)
  .map((each) => proxyText(each, name, secure))
  .join('\n')}
<VirtualHost *:80>
	ServerName ${name}
	RedirectMatch 308 ^/(.*)$ https://${hostOf(context)}/$1
</VirtualHost>

<VirtualHost *:443>
	ServerName ${name}
${secure}
${dashboardText(context)}
</VirtualHost>
${context.system.startsWith('ubuntu/') ? `\n${applicationTexts(context)}` : ''}`;
}

function secureLines(context: Context): string {
  const { certificate, key } = tlsOf(context);
  return `	SSLEngine on
	SSLProtocol -all +TLSv1.2 +TLSv1.3
	SSLCertificateFile ${certificate}
	SSLCertificateKeyFile ${key}`;
}

/**
 * A service that is being started anew is asked again at once, not after Apache's 60 seconds. Debian's Apache takes no
 * more than 1 GiB by itself, and images are larger. Headers that say where a request came from are believed by what is behind:
 * they are Apache's own, but for the metadata service, which hears of guests by those of neutron's agent.
 */
function proxyText(name: Endpoint, server: string, secure: string): string {
  const to = `http://${LOOPBACK}:${portBehind(name)}/`;
  const from =
    name === 'metadata'
      ? '	ProxyAddHeaders Off'
      : ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Prefix', 'X-Forwarded-Server']
          .map((header) => `	RequestHeader unset ${header}`)
          .join('\n');
  return `
# ${name}
Listen ${endpoints[name].port}
<VirtualHost *:${endpoints[name].port}>
	ServerName ${server}
${secure}
	ProxyRequests Off
	ProxyPreserveHost On
	ProxyTimeout 600
	LimitRequestBody 0
	AllowEncodedSlashes NoDecode
${from}
	RequestHeader set X-Forwarded-Proto https
	ProxyPass / ${to} nocanon retry=0${name === 'console' ? ' upgrade=websocket' : ''}
	ProxyPassReverse / ${to}
</VirtualHost>`;
}

/** Ubuntu's packages have no daemon of these: they live in Apache, where the sites of the packages would speak plain HTTP. */
function applicationTexts(context: Context): string {
  const { workers } = context.parameters;
  const one = (name: Endpoint, user: string, program: string) => `Listen ${LOOPBACK}:${portBehind(name)}
<VirtualHost ${LOOPBACK}:${portBehind(name)}>
	WSGIDaemonProcess ${user} processes=${workers} threads=5 user=${user} group=${user} display-name=%{GROUP}
	WSGIProcessGroup ${user}
	WSGIScriptAlias / ${program}
	WSGIApplicationGroup %{GLOBAL}
	WSGIPassAuthorization On
	LimitRequestBody 0
	<Directory /usr/bin>
		Require all granted
	</Directory>
</VirtualHost>
`;
  return [
    one('identity', 'keystone', '/usr/bin/keystone-wsgi-public'),
    one('placement', 'placement', '/usr/bin/placement-api'),
    ...(hasVolumes(context) ? [one('volume', 'cinder', '/usr/bin/cinder-wsgi')] : []),
  ].join('\n');
}
