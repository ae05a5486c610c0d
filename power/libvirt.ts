import { CodedError, type ErrorCode, type PowerParameters, powerDriverTable } from '../model/index.ts';
import { parseBmcHost } from './address.ts';
import { type Confirming, confirmedPower } from './confirmed.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';
import { invalidParameter } from './invalid.ts';
import { binDirectories, findProgram, type Program, runProgram } from './program.ts';
import { withoutBootControl } from './unsupported.ts';

export interface LibvirtPower extends Confirming {
  readonly parameters: Extract<PowerParameters, { driver: 'libvirt' }>;
  readonly machine: PoweredMachine;
  readonly directories?: readonly string[] | undefined;
  /** HOME and XDG_RUNTIME_DIR, by which virsh finds a user's own libvirtd. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** @throws CodedError REQUEST_INVALID for parameters that cannot be used */
export function libvirtDriver(power: LibvirtPower): PowerDriver {
  const { machine, directories = binDirectories, environment = {} } = power;
  const { uri, domain } = power.parameters;
  if (!isLibvirtUri(uri)) throw invalidParameter('uri', 'is no libvirt URI such as qemu:///system');
  if (!isDomainName(domain)) throw invalidParameter('domain', 'is no name of a domain');
  const who = `libvirt at ${uri}`;
  const program: Program = { name: 'virsh', package: 'libvirt-clients', timeoutMs: 30_000, environment };

  const virsh = async (verb: string, signal: AbortSignal | undefined): Promise<string> => {
    const path = await findProgram(program, directories);
    signal?.throwIfAborted();
    const words = ['--connect', uri, '--quiet', verb, '--domain', domain];
    const ran = await runProgram(path, program, words, signal);
    if (ran.ended === 'timeout') throw libvirtError('BMC_UNREACHABLE', who, 'no end within 30 s');
    if (ran.ended === 'flood') throw libvirtError('BMC_COMMAND_FAILED', who, 'it prints without end');
    if (ran.exitCode !== 0) throw virshError(who, ran.stderr);
    return ran.stdout;
  };
  const stateOf = async (signal: AbortSignal | undefined) => (await virsh('domstate', signal)).trim();

  const {
    command: _command,
    alone: _alone,
    ...orders
  } = confirmedPower(
    {
      endpoint: uri,
      part: domain,
      who,
      async read(signal) {
        const said = await stateOf(signal);
        const state = domainStates.get(said);
        if (state) return state;
        throw libvirtError('BMC_COMMAND_FAILED', who, `it tells the state "${said.slice(0, 40)}"`);
      },
      async order(action, signal) {
        await virsh({ on: 'start', off: 'destroy', reset: 'reset' }[action], signal);
      },
    },
    power,
  );
  return { can: powerDriverTable.libvirt.can, ...orders, ...withoutBootControl('libvirt', machine) };
}

/**
 * Local, or over TLS. No query: `command`, `netcat`, `socket` and `keyfile` name programs and files of this computer
 * (https://libvirt.org/uri.html), and no user name.
 */
export function isLibvirtUri(uri: string): boolean {
  const [, host, path = ''] =
    /^(?:qemu|xen|lxc|bhyve|vz|ch|test)(?:\+tls)?:\/\/([^/?#]*)(\/[^?#]*)$/.exec(uri) ?? [];
  if (host === undefined || !/^\/(?:system|session|default)?$/.test(path)) return false;
  if (host === '') return !uri.includes('+tls');
  if (!uri.includes('+tls')) return false;
  const [name = '', port, ...more] = host.split(':');
  const isPort = port === undefined || (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535);
  return parseBmcHost(name) !== undefined && isPort && more.length === 0;
}

function isDomainName(name: string): boolean {
  return /^[\x21-\x7e][\x20-\x7e]{0,127}$/.test(name) && !/^-|\//.test(name);
}

/** virDomainState, as virsh writes it. A paused or sleeping domain has its memory: it is on. */
const domainStates: ReadonlyMap<string, 'on' | 'off' | 'changing'> = new Map([
  ['running', 'on'],
  ['idle', 'on'],
  ['paused', 'on'],
  ['pmsuspended', 'on'],
  ['in shutdown', 'changing'],
  ['shut off', 'off'],
  ['crashed', 'off'],
]);

const symptoms: readonly { readonly code: ErrorCode; readonly said: RegExp }[] = [
  { code: 'BMC_CERTIFICATE_REFUSED', said: /certificate|TLS handshake/i },
  { code: 'BMC_LOGIN_REFUSED', said: /authentication|access denied|permission denied|polkit/i },
  {
    code: 'BMC_UNREACHABLE',
    said: /failed to connect|unable to connect|cannot recv data|end of file while reading|unable to resolve|connection refused|keepalive/i,
  },
];

function virshError(who: string, stderr: string): CodedError {
  const lines = stderr.split('\n').map((line) =>
    line
      .replace(/[^\x20-\x7e]/g, '')
      .replace(/^error: /, '')
      .trim(),
  );
  const found = symptoms.flatMap(({ code, said }) => {
    const line = lines.find((candidate) => said.test(candidate));
    return line === undefined ? [] : [{ code, line }];
  })[0];
  const last = lines.findLast((line) => line !== '') ?? 'no reason given';
  return libvirtError(found?.code ?? 'BMC_COMMAND_FAILED', who, found?.line ?? last);
}

function libvirtError(code: ErrorCode, who: string, reason: string): CodedError {
  return new CodedError(code, `${who} did not do it: ${reason.slice(0, 200).replace(/\.$/, '')}.`, { who });
}
