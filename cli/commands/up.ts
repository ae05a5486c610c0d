import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../model/index.ts';
import { type Ipv4, parseIpv4 } from '../../net/index.ts';
import { type CommandSpec, type Options, text } from '../command.ts';
import { codedError, usageError } from '../command-error.ts';
import { exitStatus } from '../exit-status.ts';
import type { Session } from '../session.ts';
import type { Role, UpOptions } from '../up/up.ts';

const roles: readonly Role[] = ['api', 'rack', 'worker'];

export const command: CommandSpec = {
  description:
    'Start the service and stay with it. Alone it needs nothing else: the database and the Temporal server are inside. What runs goes on where it was after any stop.',
  flags: [
    {
      flags: '--rack-address <address>',
      description: 'our address in the network of the machines; serves DHCP, TFTP and HTTP there',
    },
    { flags: '--site <name>', description: 'name of this place', fallback: 'main' },
    { flags: '--roles <list>', description: 'what runs in this process', fallback: 'api,rack,worker' },
    { flags: '--api-port <port>', description: 'TCP port of the API on 127.0.0.1, beside the socket' },
    {
      flags: '--temporal-address <address>',
      description: 'a Temporal server that runs already, such as 127.0.0.1:7233',
    },
    {
      flags: '--boot-deadline <minutes>',
      description: 'from a power order to the first sign of life, and from there to hello',
      fallback: '15',
    },
    { flags: '--database-url-file <file>', description: 'file with the URL of a PostgreSQL database' },
  ],
  examples: [
    'rackwright up',
    'rackwright up --rack-address 10.78.0.1',
    'rackwright up --roles rack --site hall-2 --rack-address 10.79.0.1 --temporal-address 127.0.0.1:7233',
  ],
  async run({ options, session }) {
    const chosen = await optionsFrom(options, session);
    const { up } = await import('../up/up.ts');
    const running = await up(chosen).catch((error: unknown) => {
      const { code, message } = error as { code?: string; message: string };
      throw code === 'TEMPORAL_UNAVAILABLE' || code === 'STORE_UNAVAILABLE'
        ? codedError(code, message)
        : error;
    });
    session.say(`Rackwright runs. Look: ${lookWith(session)}   Stop: Ctrl-C`);
    const status = await Promise.race([running.ended.then(() => exitStatus.done), stopAsked()]);
    session.say('Stopping …');
    await running.stop();
    return status;
  },
};

async function optionsFrom(options: Options, session: Session): Promise<UpOptions> {
  const { dataDir } = session;
  const rackAddress = addressFrom(text(options, 'rackAddress'));
  const apiPort = portFrom(text(options, 'apiPort'));
  const temporalAddress = text(options, 'temporalAddress');
  const databaseFile = text(options, 'databaseUrlFile');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const log = await openLog(join(dataDir, 'rackwright.log'));
  return {
    dataDirectory: dataDir,
    bootDeadlineMs: minutesFrom(text(options, 'bootDeadline') as string),
    roles: rolesFrom(text(options, 'roles') as string),
    site: text(options, 'site') as string,
    ...(rackAddress && { rackAddress }),
    ...(apiPort !== undefined && { apiPort }),
    ...(temporalAddress !== undefined && { temporalAddress }),
    ...(databaseFile !== undefined && {
      databaseUrl: new Secret((await readFile(databaseFile, 'utf8')).trim()),
    }),
    report: (line) => session.say(line),
    log,
  };
}

/** Everything as fields, one line an event, beside the data. The terminal is for people. */
async function openLog(file: string): Promise<UpOptions['log']> {
  const { destination, pino, stdSerializers } = await import('pino');
  const to = destination({ dest: file, mode: 0o600, sync: false });
  const logger = pino({ base: null, serializers: { error: stdSerializers.err } }, to);
  return (event) => logger.info(event);
}

function rolesFrom(given: string): readonly Role[] {
  const wanted = given.split(',');
  const wrong = wanted.find((role) => !roles.includes(role as Role));
  if (wrong !== undefined) throw usageError(`--roles ${given}: ${wrong} is none of ${roles.join(', ')}`);
  return wanted as Role[];
}

function addressFrom(given: string | undefined): Ipv4 | undefined {
  if (given === undefined) return undefined;
  const address = parseIpv4(given);
  if (!address) throw usageError(`--rack-address ${given} is no IPv4 address`);
  return address;
}

function portFrom(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) throw usageError(`--api-port ${given} is no port`);
  return Number(given);
}

function minutesFrom(given: string): number {
  const minutes = Number(given);
  if (!(minutes > 0 && minutes <= 24 * 60))
    throw usageError(`--boot-deadline ${given} is no number of minutes`);
  return minutes * 60_000;
}

function stopAsked(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(exitStatus.done));
  });
}

function lookWith({ dataDir, around }: Session): string {
  const isDefault = around.uid === 0 && dataDir === '/var/lib/rackwright';
  return isDefault ? 'rackwright doctor' : `rackwright doctor --data-dir ${dataDir}`;
}
