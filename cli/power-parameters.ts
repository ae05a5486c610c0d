import { readFile } from 'node:fs/promises';
import type { PowerDriverView } from '../api/index.ts';
import { powerDriverNames, type PowerParameters, powerSecretId } from '../model/index.ts';
import { type Flag, type Options, text, texts } from './command.ts';
import { usageError } from './command-error.ts';
import type { Session } from './session.ts';

type Given = Record<string, unknown>;

export const powerFlags: readonly Flag[] = [
  { flags: '--power <driver>', description: 'how its power is switched', choices: powerDriverNames },
  {
    flags: '--power-parameter <key=value>',
    description: 'parameter of the power driver; may be repeated',
    repeats: true,
  },
  {
    flags: '--power-secret-file <key=file>',
    description: 'secret of the power driver from a file, or - for standard input; may be repeated',
    repeats: true,
  },
  { flags: '--bmc-address <address>', description: 'IPv4 address of its BMC' },
  { flags: '--bmc-port <port>', description: 'port of its BMC (623 for ipmi, 443 for redfish)' },
  { flags: '--bmc-user <user>', description: 'user on its BMC' },
  { flags: '--bmc-password-file <file>', description: 'file with the password, or - for standard input' },
  { flags: '--bmc-cipher-suite <number>', description: '17, or 3 for old BMCs', choices: ['3', '17'] },
];

const bmcFlags = ['bmcAddress', 'bmcPort', 'bmcUser', 'bmcPasswordFile', 'bmcCipherSuite'];

/** What the flags ask for; what they leave out stays as it is while the driver is the same. */
export async function powerFrom(
  options: Options,
  now: PowerParameters,
  session: Session,
): Promise<Given | undefined> {
  const hasBmcFlags = bmcFlags.some((flag) => text(options, flag) !== undefined);
  const words = texts(options, 'powerParameter');
  const files = texts(options, 'powerSecretFile');
  const hasWords = words.length > 0 || files.length > 0;
  const named = text(options, 'power') ?? (hasBmcFlags && now.driver === 'manual' ? 'ipmi' : undefined);
  const driver = named ?? (hasBmcFlags || hasWords ? now.driver : undefined);
  if (driver === undefined) return undefined;
  if (driver === 'manual' && (hasBmcFlags || hasWords))
    throw usageError('manual power takes no parameters: leave the --bmc and --power- flags away');
  const power: Given = now.driver === driver ? withoutPointer(now) : { driver };
  if (hasBmcFlags) Object.assign(power, await bmcParameters(driver, power, options, session));
  if (driver === 'ipmi' && (power['address'] === undefined || power['username'] === undefined) && !hasWords)
    throw usageError('a BMC needs --bmc-address and --bmc-user');
  if (hasWords) {
    const schema = await parametersOf(driver, session);
    for (const word of words) Object.assign(power, parameter(word, schema));
    for (const word of files) {
      const { key, value } = split('--power-secret-file', word);
      power[key] = await readSecret('--power-secret-file', value, session);
    }
  }
  return power;
}

/** Was a secret left behind? */
export function isElsewhere(before: PowerParameters, after: PowerParameters): boolean {
  const secret = powerSecretId(after);
  return secret !== undefined && secret !== powerSecretId(before);
}

export function hasSecret(power: Given): boolean {
  return ['password', 'token', 'clientKey'].some((field) => power[field] !== undefined);
}

function withoutPointer(now: PowerParameters): Given {
  const { passwordSecret: _password, secret: _secret, ...rest } = now as Given;
  return rest;
}

async function bmcParameters(driver: string, now: Given, options: Options, session: Session): Promise<Given> {
  if (driver !== 'ipmi' && driver !== 'redfish')
    throw usageError(`the --bmc flags are for ipmi and redfish; ${driver} takes --power-parameter`);
  const address = text(options, 'bmcAddress');
  const port = text(options, 'bmcPort');
  const user = text(options, 'bmcUser');
  const suite = text(options, 'bmcCipherSuite');
  const file = text(options, 'bmcPasswordFile');
  const common = {
    ...(user !== undefined && { username: user }),
    ...(file !== undefined && { password: await readSecret('--bmc-password-file', file, session) }),
  };
  if (driver === 'ipmi') {
    return {
      ...common,
      ...(address !== undefined && { address }),
      ...(port !== undefined && { port: Number(port) }),
      ...(suite !== undefined && { cipherSuite: Number(suite) }),
    };
  }
  if (suite !== undefined) throw usageError('--bmc-cipher-suite is for ipmi');
  if (address === undefined && port === undefined) return common;
  const known = typeof now['url'] === 'string' && URL.canParse(now['url']) ? new URL(now['url']) : undefined;
  const host = address ?? known?.hostname;
  if (host === undefined) throw usageError('redfish needs --bmc-address');
  return { ...common, url: `https://${host}${port === undefined ? '' : `:${port}`}` };
}

async function parametersOf(driver: string, session: Session): Promise<Given> {
  const { items } = await session.api.get<{ items: PowerDriverView[] }>('/v1/power/drivers');
  const found = items.find(({ name }) => name === driver);
  return (found?.parameters['properties'] ?? {}) as Given;
}

/** The schema says which values are numbers and which are words; a field that it lacks is the API's to refuse. */
function parameter(word: string, schema: Given): Given {
  const { key, value } = split('--power-parameter', word);
  const { writeOnly, type, anyOf } = (schema[key] ?? {}) as {
    writeOnly?: boolean;
    type?: string;
    anyOf?: readonly { type?: string }[];
  };
  if (writeOnly === true)
    throw usageError(`${key} is a secret: give it with --power-secret-file ${key}=FILE`);
  const kind = type ?? anyOf?.[0]?.type;
  if ((kind === 'integer' || kind === 'number') && /^\d{1,12}$/.test(value)) return { [key]: Number(value) };
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return { [key]: value === 'true' };
  return { [key]: value };
}

function split(flag: string, word: string): { readonly key: string; readonly value: string } {
  const match = /^([A-Za-z][A-Za-z0-9]*)=([^]*)$/.exec(word);
  if (!match) throw usageError(`${flag} ${word} is not of the form key=value`);
  return { key: match[1] as string, value: match[2] as string };
}

async function readSecret(flag: string, file: string, { around }: Session): Promise<string> {
  let content = '';
  if (file === '-') for await (const chunk of around.stdin.setEncoding('utf8')) content += chunk as string;
  else {
    content = await readFile(file, 'utf8').catch(() => {
      throw usageError(`${flag} ${file} cannot be read`);
    });
  }
  return content.replace(/\r?\n$/, '');
}
