import type { CertificateFiles } from '../parts/certificate.ts';
import { mirrored } from '../parts/mirror.ts';
import { CONFIG, DATA, ENVIRONMENT, PROGRAM } from './places.ts';

/** Everything on loopback; the proxy in front of it alone is met by others. Templates are filled from the environment. */
export function stackConfigText(mirror: string | undefined): string {
  return `host: 127.0.0.1
port: 8080
subdomains: nested
admin:
  host: 127.0.0.1
  port: 6060
  secret_filename: cozy-admin-passphrase
couchdb:
  url: http://cozy:{{.Env.COZY_COUCHDB_PASSWORD}}@127.0.0.1:5984/
fs:
  url: file://${DATA}
vault:
  credentials_encryptor_key: /etc/cozy/vault.enc
  credentials_decryptor_key: /etc/cozy/vault.dec
mail:
  disable_tls: true
  host: localhost
  port: 25
log:
  level: info
registries:
  default:
    - ${mirrored('https://apps-registry.cozycloud.cc/', mirror)}
`;
}

export const unitText = `[Unit]
Description=Cozy
After=network-online.target couchdb.service
Wants=network-online.target couchdb.service

[Service]
User=cozy-stack
EnvironmentFile=${ENVIRONMENT}
ExecStart=${PROGRAM} --config ${CONFIG} serve
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
`;

/** The instance and every name one below it, which are its applications. */
export function siteText(hostname: string, { certificate, key }: CertificateFiles): string {
  return `map $http_upgrade $cozy_connection {
	default upgrade;
	'' close;
}
server {
	listen 80;
	listen [::]:80;
	server_name ${hostname} *.${hostname};
	return 308 https://$host$request_uri;
}
server {
	listen 443 ssl;
	listen [::]:443 ssl;
	server_name ${hostname} *.${hostname};
	ssl_certificate ${certificate};
	ssl_certificate_key ${key};
	ssl_protocols TLSv1.2 TLSv1.3;
	add_header Strict-Transport-Security "max-age=15552000; includeSubDomains" always;
	client_max_body_size 0;
	proxy_request_buffering off;
	location / {
		proxy_pass http://127.0.0.1:8080;
		proxy_http_version 1.1;
		proxy_set_header Host $host;
		proxy_set_header X-Forwarded-For $remote_addr;
		proxy_set_header X-Forwarded-Proto https;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection $cozy_connection;
		proxy_read_timeout 3600s;
	}
}
`;
}
