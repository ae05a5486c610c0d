import type { StandIn } from './stand-in.ts';

/** The programs of the real server, built from its Go module. */
export interface ServerParts {
  readonly server: string;
  readonly sqlTool: string;
  /** The module's directory `schema`. */
  readonly schema: string;
}

const SERVER = 'temporalio/server:1.32.0';
const TOOLS = 'temporalio/admin-tools:1.32.0';

/** As the module's own: it learns its address, and starts. */
const REAL = `#!/bin/sh
set -eu
export TEMPORAL_BROADCAST_ADDRESS="$(busybox hostname -i)"
exec temporal-server start
`;

/** The server of the command line tool, on a file: one process with the same API, and no PostgreSQL. */
const SMALL = `#!/bin/sh
set -eu
exec temporal server start-dev --ip 0.0.0.0 --port 7233 --headless --log-level error \\
  --db-filename /etc/temporal/temporal.db --sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=NORMAL
`;

const NO_SCHEMA = `#!/bin/sh
# The server on a file makes its own schema.
exit 0
`;

/** `nc -z HOST PORT`, which the distribution's busybox does not know. */
const NETCAT = `#!/bin/bash
exec 3<>"/dev/tcp/$2/$3"
`;

/** @param cli the program \`temporal\`. @param parts absent: the small server stands in. */
export function temporalImages(cli: string, parts: ServerParts | undefined): readonly StandIn[] {
  return [
    {
      name: SERVER,
      lines: [
        'COPY nc temporal /usr/local/bin/',
        ...(parts ? ['COPY temporal-server /usr/local/bin/'] : []),
        'COPY entrypoint.sh /etc/temporal/',
        'WORKDIR /etc/temporal',
        'CMD ["/etc/temporal/entrypoint.sh"]',
      ],
      files: {
        nc: { text: NETCAT },
        temporal: { path: cli },
        ...(parts && { 'temporal-server': { path: parts.server } }),
        'entrypoint.sh': { text: parts ? REAL : SMALL },
      },
    },
    {
      name: TOOLS,
      lines: [
        'COPY temporal temporal-sql-tool /usr/local/bin/',
        ...(parts ? ['COPY schema /etc/temporal/schema'] : []),
        'CMD ["sleep", "infinity"]',
      ],
      files: {
        temporal: { path: cli },
        'temporal-sql-tool': parts ? { path: parts.sqlTool } : { text: NO_SCHEMA },
        ...(parts && { schema: { path: parts.schema } }),
      },
    },
    {
      // A page at the UI's port, so that what depends on it can be tried. It shows nothing.
      name: 'temporalio/ui:2.49.1',
      lines: ['COPY index.html /srv/', 'CMD ["busybox", "httpd", "-f", "-p", "8080", "-h", "/srv"]'],
      files: { 'index.html': { text: '<title>A stand-in for the Temporal UI</title>\n' } },
    },
  ];
}
