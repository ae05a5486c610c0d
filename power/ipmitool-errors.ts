import { CodedError, type ErrorCode } from '../model/index.ts';

/**
 * What ipmitool 1.8.19 prints with -v; the status texts are those of RMCP+ and RAKP (IPMI 2.0, table 13-15). The first
 * that fits decides: "Unable to establish" ends every failed login and means nothing by itself but silence.
 */
const symptoms: readonly { readonly code: ErrorCode; readonly said: RegExp }[] = [
  {
    code: 'BMC_CIPHER_REFUSED',
    said: /invalid (authentication|integrity|confidentiality) algorithm|no matching (authentication|integrity) payload|no cipher suite match/i,
  },
  {
    code: 'BMC_LOGIN_REFUSED',
    said: /RAKP \d HMAC is invalid|unauthorized (name|role)|invalid (role|name length|integrity check value)|invalid user name|password verification|RAKP \d message has invalid/i,
  },
  { code: 'BMC_COMMAND_FAILED', said: /RAKP \d message indicates an error|Error in open session response/i },
  {
    code: 'BMC_UNREACHABLE',
    said: /Unable to establish|Address lookup .* failed|Could not open socket|Get Auth Capabilities error|no response|session timeout/i,
  },
];

/** Words for a failed call of ipmitool. Only a line that names the cause goes into the message. */
export function ipmitoolError(host: string, stderr: string): CodedError {
  const lines = stderr.split('\n').map((line) => line.replace(/[^\x20-\x7e]/g, '').trim());
  for (const { code, said } of symptoms) {
    const line = lines.find((candidate) => said.test(candidate));
    if (line !== undefined) return bmcError(code, host, line);
  }
  const last = lines.findLast((line) => line !== '') ?? 'no reason given';
  return bmcError('BMC_COMMAND_FAILED', host, last);
}

export function bmcError(code: ErrorCode, host: string, reason: string): CodedError {
  const short = reason.slice(0, 200);
  const sentences: Partial<Record<ErrorCode, string>> = {
    BMC_UNREACHABLE: `The BMC at ${host} does not answer: ${short}.`,
    BMC_LOGIN_REFUSED: `The BMC at ${host} refuses the login: ${short}.`,
    BMC_CIPHER_REFUSED: `The BMC at ${host} refuses the cipher suite: ${short}.`,
  };
  return new CodedError(code, sentences[code] ?? `The BMC at ${host} did not do it: ${short}.`, { host });
}
