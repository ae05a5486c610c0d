import type { StandIn } from './stand-in.ts';

/** First start: a cluster with the password of its superuser, then what lies in the directory for that. */
const ENTRYPOINT = `#!/bin/sh
set -eu
export PGDATA=/var/lib/postgresql/data
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # A cluster that is half made is begun again.
  trap 'rm -rf "$PGDATA"/*' EXIT
  initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-host=scram-sha-256 --auth-local=trust >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  # Not on TCP yet: nobody may take the half-made database for the whole one.
  pg_ctl --wait --silent -o "-c listen_addresses=" start
  for script in /docker-entrypoint-initdb.d/*.sh; do [ -e "$script" ] && sh "$script"; done
  pg_ctl --wait --silent --mode=fast stop
  trap - EXIT
fi
exec "$@"
`;

export const postgres: StandIn = {
  name: 'postgres:17-bookworm',
  lines: [
    'COPY docker-entrypoint.sh /usr/local/bin/',
    // The distribution keeps them where only its own tools look.
    'RUN ln -sf /usr/lib/postgresql/*/bin/* /usr/local/bin/',
    'VOLUME /var/lib/postgresql/data',
    'STOPSIGNAL SIGINT',
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    `CMD ["postgres", "-D", "/var/lib/postgresql/data", "-c", "listen_addresses=*"]`,
  ],
  files: { 'docker-entrypoint.sh': { text: ENTRYPOINT } },
};
