import type { CertificateFiles } from '../parts/certificate.ts';
import { ACME_ROOT, TREE } from './places.ts';

/** mod_alias: everything but the files by which an ACME authority knows this host goes to HTTPS, for good. */
export function plainSiteText(names: readonly string[]): string {
  return `<VirtualHost *:80>
${nameLines(names)}
	Alias /.well-known/acme-challenge/ ${ACME_ROOT}/.well-known/acme-challenge/
	<Directory ${ACME_ROOT}>
		Require all granted
	</Directory>
	RedirectMatch 308 ^/(?!\\.well-known/acme-challenge/)(.*)$ https://${names[0]}/$1
</VirtualHost>
`;
}

/** mod_ssl, mod_headers. Half a year of HSTS, which is what the server itself looks for. */
export function secureSiteText(
  names: readonly string[],
  { certificate, key }: CertificateFiles,
  edition: 'server' | 'ocis',
): string {
  return `<VirtualHost *:443>
${nameLines(names)}
	SSLEngine on
	SSLCertificateFile ${certificate}
	SSLCertificateKeyFile ${key}
	SSLProtocol -all +TLSv1.2 +TLSv1.3
	Header always set Strict-Transport-Security "max-age=15552000; includeSubDomains"
${edition === 'server' ? serverLines : scaleLines}
</VirtualHost>
`;
}

const serverLines = `	DocumentRoot ${TREE}
	<Directory ${TREE}>
		Require all granted
		AllowOverride All
		Options FollowSymLinks
	</Directory>
	<DirectoryMatch ^${TREE}/(config|data)/>
		Require all denied
	</DirectoryMatch>`;

/** The certificate of the proxy is ours: what Infinite Scale listens on is the machine's own loopback, in plain HTTP. */
const scaleLines = `	ProxyPreserveHost On
	ProxyRequests Off
	RequestHeader set X-Forwarded-Proto https
	AllowEncodedSlashes NoDecode
	ProxyPass / http://127.0.0.1:9200/ nocanon
	ProxyPassReverse / http://127.0.0.1:9200/`;

function nameLines([first, ...more]: readonly string[]): string {
  return [`	ServerName ${first}`, ...more.map((name) => `	ServerAlias ${name}`)].join('\n');
}
