import { CodedError } from '../model/index.ts';
import { parseIpv4 } from '../net/index.ts';

/** RFC 1123, section 2.1: letters, digits, inner hyphens. A name of digits and dots alone is a mistyped address. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** An IPv4 address or a host name; never an option, a URL or a path. */
export function parseBmcHost(text: string): string | undefined {
  if (parseIpv4(text)) return text;
  if (text.length > 253 || /^[\d.]*$/.test(text)) return undefined;
  return text.split('.').every((part) => label.test(part)) ? text : undefined;
}

/** What ipmitool gets in its arguments and its password file, checked. */
export interface BmcAccess {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly cipherSuite: 3 | 17;
}

/** @throws CodedError REQUEST_INVALID, naming the field. */
export function checkBmcAccess(access: BmcAccess): BmcAccess {
  if (!parseBmcHost(access.host)) throw invalid('the address of the BMC', 'is neither an address nor a name');
  if (!Number.isInteger(access.port) || access.port < 1 || access.port > 65_535)
    throw invalid('the port of the BMC', 'is none');
  // IPMI 2.0, section 22.28: 16 bytes.
  if (!/^[\x21-\x7e]{1,16}$/.test(access.username) || access.username.startsWith('-'))
    throw invalid('the user name of the BMC', 'has to be 1 to 16 printable characters, the first not "-"');
  if (access.cipherSuite !== 3 && access.cipherSuite !== 17)
    throw invalid('the cipher suite', 'has to be 17 or 3');
  return access;
}

/** @throws CodedError REQUEST_INVALID */
export function checkBmcPassword(password: string): string {
  // IPMI 2.0, section 22.30: 20 bytes. ipmitool reads one line.
  if (/^[\x20-\x7e]{1,20}$/.test(password)) return password;
  throw invalid('the password of the BMC', 'has to be 1 to 20 printable characters');
}

function invalid(what: string, why: string): CodedError {
  return new CodedError('REQUEST_INVALID', `${what[0]?.toUpperCase()}${what.slice(1)} ${why}.`);
}
