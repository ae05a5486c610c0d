import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import type { NetworkRequest } from '../../model/index.ts';
import { type Flag, type Options, text } from '../command.ts';
import { usageError } from '../command-error.ts';

export const networkFlags: readonly Flag[] = [
  { flags: '--address <address>', description: 'IPv4 address, instead of the next free one of the subnet' },
  {
    flags: '--network-file <file>',
    description: 'bonds, bridges, VLANs, addresses and routes, as YAML or JSON (docs/reference/network.md)',
  },
];

/** What these flags ask for; the service checks it against the machine's cards. */
export async function networkRequest(options: Options): Promise<NetworkRequest | undefined> {
  const file = text(options, 'networkFile');
  const address = text(options, 'address');
  const asked = file === undefined ? undefined : await readDocument(file);
  if (asked?.address !== undefined && address !== undefined)
    throw usageError(`--address: ${file} has an address as well; give one of them`);
  if (!asked && address === undefined) return undefined;
  return { ...asked, ...(address !== undefined && { address }) };
}

/** A mapping; what is in it, the service knows. JSON is YAML. */
async function readDocument(file: string): Promise<NetworkRequest> {
  const content = await readFile(file, 'utf8').catch(() => {
    throw usageError(`--network-file ${file} cannot be read`);
  });
  const document = parseDocument(content, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error) throw usageError(`--network-file ${file}: ${error.message.split('\n')[0]}`);
  const value: unknown = document.toJS();
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError(
      `--network-file ${file} holds no mapping`,
      'Its keys are interfaces, bonds, bridges, vlans …',
    );
  return value;
}
