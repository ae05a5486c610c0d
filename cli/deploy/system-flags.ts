import { readFile } from 'node:fs/promises';
import { type Flag, isSet, type Options, text, texts } from '../command.ts';
import { usageError } from '../command-error.ts';
import { readKeys } from '../ssh-keys.ts';

export const systemFlags: readonly Flag[] = [
  { flags: '--hostname <name>', description: "host name, instead of the machine's name" },
  { flags: '--timezone <zone>', description: 'such as Europe/Berlin' },
  {
    flags: '--user <name[:keyfile]>',
    description: 'make this user, with sudo; without a file, the keys of --ssh-key are theirs',
    repeats: true,
  },
  { flags: '--root-login', description: 'the keys of --ssh-key may log in as root as well' },
  { flags: '--package <name>', description: 'install this package as well', repeats: true },
  { flags: '--user-data <file>', description: 'for cloud-init; kept sealed, and never shown again' },
];

/** As the API takes it. */
export interface SystemFlags {
  readonly hostname?: string;
  readonly timezone?: string;
  readonly users?: readonly {
    readonly name: string;
    readonly sshKeys: readonly string[];
    readonly sudo: true;
  }[];
  readonly rootLogin?: true;
  readonly packages?: readonly string[];
  readonly userData?: string;
}

export async function systemRequest(options: Options): Promise<SystemFlags | undefined> {
  const hostname = text(options, 'hostname');
  const timezone = text(options, 'timezone');
  const packages = texts(options, 'package');
  const file = text(options, 'userData');
  const users = await Promise.all(
    texts(options, 'user').map((user) => readUser(user, texts(options, 'sshKey'))),
  );
  const request = {
    ...(hostname !== undefined && { hostname }),
    ...(timezone !== undefined && { timezone }),
    ...(users.length > 0 && { users }),
    ...(isSet(options, 'rootLogin') && { rootLogin: true as const }),
    ...(packages.length > 0 && { packages }),
    ...(file !== undefined && { userData: await readText(file) }),
  };
  return Object.keys(request).length === 0 ? undefined : request;
}

async function readUser(flag: string, keyFiles: readonly string[]) {
  const at = flag.indexOf(':');
  const name = at < 0 ? flag : flag.slice(0, at);
  const files = at < 0 ? keyFiles : [flag.slice(at + 1)];
  if (name === '' || files.length === 0 || files.includes(''))
    throw usageError(`--user ${flag}: give ${name || 'NAME'}:KEYFILE, or --ssh-key as well`);
  return { name, sshKeys: (await Promise.all(files.map(readKeys))).flat(), sudo: true as const };
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const why = error instanceof TypeError ? 'is no UTF-8 text' : 'cannot be read';
    throw usageError(`--user-data ${file} ${why}`);
  }
}
