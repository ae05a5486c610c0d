import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { ServerParts } from './temporal.ts';

const SERVER_MODULE = 'go.temporal.io/server';
const SERVER_VERSION = 'v1.32.0';
const COMPOSE_MODULE = 'github.com/docker/compose/v2';
const COMPOSE_VERSION = 'v2.40.3';

/**
 * The real Temporal server and its schema tool.
 * @param mayBuild about 8 minutes on two cores; otherwise undefined unless they were built before.
 */
export async function serverParts(
  cache: string,
  mayBuild: boolean,
  report: (line: string) => void,
): Promise<ServerParts | undefined> {
  const server = join(cache, `temporal-server-${SERVER_VERSION}`);
  const sqlTool = join(cache, `temporal-sql-tool-${SERVER_VERSION}`);
  if (!(await exists(server)) || !(await exists(sqlTool))) {
    if (!mayBuild) return undefined;
    report('Building the Temporal server from its Go module (about 8 minutes on two cores, once)');
    await install(cache, `${SERVER_MODULE}/cmd/server@${SERVER_VERSION}`, 'server', server);
    await install(cache, `${SERVER_MODULE}/cmd/tools/sql@${SERVER_VERSION}`, 'sql', sqlTool);
  }
  const { stdout } = await execa('go', ['mod', 'download', '-json', `${SERVER_MODULE}@${SERVER_VERSION}`]);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  return { server, sqlTool, schema: join(Dir, 'schema') };
}

/** The plugin `docker compose`: that of the system, or built from its Go module. */
export async function composePlugin(
  cache: string,
  report: (line: string) => void,
): Promise<string | undefined> {
  const known = await execa('docker', ['compose', 'version'], { reject: false });
  if (known.exitCode === 0) return undefined;
  const plugin = join(cache, `docker-compose-${COMPOSE_VERSION}`);
  if (await exists(plugin)) return plugin;
  report('Building docker compose from its Go module (about 3 minutes on two cores, once)');
  const work = await mkdtemp(join(tmpdir(), 'rw-compose-'));
  try {
    // Its exclude directives forbid `go install`, so it is a tool of a module of our own.
    const module = ['module stand-in', 'go 1.24', `require ${COMPOSE_MODULE} ${COMPOSE_VERSION}`];
    await writeFile(join(work, 'go.mod'), `${[...module, `tool ${COMPOSE_MODULE}/cmd`].join('\n')}\n`);
    await execa('go', ['mod', 'tidy'], { cwd: work });
    const built = join(work, 'docker-compose');
    const args = ['build', '-o', built, `${COMPOSE_MODULE}/cmd`];
    await execa('go', args, { cwd: work, env: { GOFLAGS: '-buildvcs=false' } });
    await keep(built, plugin);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return plugin;
}

async function install(cache: string, program: string, built: string, target: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'go-'));
  try {
    await execa('go', ['install', program], { env: { GOBIN: work }, timeout: 45 * 60_000 });
    await keep(join(work, built), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Whole under its name, or not there. */
async function keep(built: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  await execa('cp', [built, draft]);
  await chmod(draft, 0o755);
  await rename(draft, target);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
