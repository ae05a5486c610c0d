import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, erasePolicies, type ErrorCode, Secret } from '../../model/index.ts';
import { type Cidr, type Ipv4, parseCidr, parseIpv4 } from '../../net/index.ts';
import { type CommandSpec, type Options, text, texts } from '../command.ts';
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
    {
      flags: '--roles <list>',
      description: 'what runs in this process: api, worker (decides and records), rack (near the machines)',
      fallback: 'api,rack,worker',
    },
    { flags: '--api-port <port>', description: 'TCP port of the API, beside the socket' },
    {
      flags: '--api-address <address>',
      description: 'where that port is: the token travels in clear, so let nobody else on that network',
      fallback: '127.0.0.1',
    },
    {
      flags: '--keys-dir <dir>',
      description: 'key, token and ssh/id_ed25519 of an installation whose processes run apart',
    },
    {
      flags: '--images-from <url>',
      description: 'the API that a rack without a disk in common fetches image files from',
    },
    {
      flags: '--temporal-address <address>',
      description: 'a Temporal server that runs already, such as 127.0.0.1:7233',
    },
    { flags: '--temporal-namespace <name>', description: 'its namespace', fallback: 'default' },
    { flags: '--temporal-tls-ca <file>', description: 'who may sign its certificate (PEM)' },
    { flags: '--temporal-tls-cert <file>', description: 'our certificate (PEM)' },
    { flags: '--temporal-tls-key <file>', description: 'the key of our certificate (PEM)' },
    { flags: '--temporal-plain', description: 'speak to it in clear, though it is not on this computer' },
    {
      flags: '--boot-deadline <minutes>',
      description: 'from a power order to the first sign of life, and from there to hello',
      fallback: '15',
    },
    {
      flags: '--allow-outbound <network>',
      description: 'private network that webhooks and image streams may be in',
      repeats: true,
    },
    {
      flags: '--bmc-host-interface <policy>',
      description: 'close the ways from a machine into its BMC before it is handed out',
      choices: ['close', 'leave'],
      fallback: 'close',
    },
    {
      flags: '--bmc-adoption <policy>',
      description: 'make a user of our own on BMCs that commissioning finds',
      choices: ['on', 'off'],
      fallback: 'on',
    },
    {
      flags: '--erase-policy <policy>',
      description: 'asked: evidence for the erasure that was asked; always: no release without one',
      choices: erasePolicies,
      fallback: 'asked',
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
      throw codeOf({ code }) ? codedError(code as ErrorCode, message) : error;
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
  const apiAddress = text(options, 'apiAddress');
  const keysDirectory = text(options, 'keysDir');
  const imagesFrom = urlFrom(text(options, 'imagesFrom'));
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const log = await openLog(join(dataDir, 'rackwright.log'));
  return {
    dataDirectory: dataDir,
    bootDeadlineMs: minutesFrom(text(options, 'bootDeadline') as string),
    roles: rolesFrom(text(options, 'roles') as string),
    site: text(options, 'site') as string,
    ...(rackAddress && { rackAddress }),
    ...(apiPort !== undefined && { apiPort }),
    ...(apiAddress !== undefined && { apiAddress }),
    ...(keysDirectory !== undefined && { keysDirectory }),
    ...(imagesFrom !== undefined && { imagesFrom }),
    ...(temporalAddress !== undefined && { temporalAddress }),
    temporalNamespace: text(options, 'temporalNamespace') as string,
    temporalTls: tlsFrom(options),
    temporalPlain: options.temporalPlain === true,
    ...(databaseFile !== undefined && {
      databaseUrl: new Secret((await readFile(databaseFile, 'utf8')).trim()),
    }),
    outboundNetworks: texts(options, 'allowOutbound')
      .filter((network) => network !== '')
      .map(networkFrom),
    bmcHostInterface: text(options, 'bmcHostInterface') === 'leave' ? 'leave' : 'close',
    bmcAdoption: text(options, 'bmcAdoption') === 'off' ? 'off' : 'on',
    erasePolicy: text(options, 'erasePolicy') === 'always' ? 'always' : 'asked',
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

function networkFrom(given: string): Cidr {
  const network = parseCidr(given);
  if (!network) throw usageError(`--allow-outbound ${given} is no network such as 10.0.0.0/8`);
  return network;
}

function portFrom(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) throw usageError(`--api-port ${given} is no port`);
  return Number(given);
}

function urlFrom(given: string | undefined): string | undefined {
  if (given === undefined || /^https?:$/.test(URL.parse(given)?.protocol ?? '')) return given;
  throw usageError(`--images-from ${given} is no URL of HTTP`);
}

function tlsFrom(options: Options): NonNullable<UpOptions['temporalTls']> {
  const ca = text(options, 'temporalTlsCa');
  const certificate = text(options, 'temporalTlsCert');
  const key = text(options, 'temporalTlsKey');
  return { ...(ca && { ca }), ...(certificate && { certificate }), ...(key && { key }) };
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
