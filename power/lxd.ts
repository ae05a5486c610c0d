import { existsSync } from 'node:fs';
import { CodedError, type PowerParameters, powerDriverTable, type Secret } from '../model/index.ts';
import { type Confirming, confirmedPower } from './confirmed.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';
import { endpointOf } from './http/endpoint.ts';
import { codedFault } from './http/fault.ts';
import { invalidParameter } from './invalid.ts';
import { type Document, parseDocument, part, textAt } from './document.ts';
import { withoutBootControl } from './unsupported.ts';
import { type Destination, type Ask, request } from '../outbound/index.ts';

export interface LxdPower extends Confirming {
  readonly parameters: Extract<PowerParameters, { driver: 'lxd' }>;
  readonly machine: PoweredMachine;
  readonly readKey: () => Promise<Secret>;
  /** Where the server's own socket may be. */
  readonly sockets?: readonly string[] | undefined;
}

/** LXD from its snap and from packages, Incus from packages. */
const usualSockets = [
  '/var/snap/lxd/common/lxd/unix.socket',
  '/var/lib/lxd/unix.socket',
  '/var/lib/incus/unix.socket',
];
const waitSeconds = 30;

/** @throws CodedError REQUEST_INVALID for parameters that cannot be used */
export function lxdDriver(power: LxdPower): PowerDriver {
  const { parameters, machine, sockets = usualSockets } = power;
  const { instance, project, clientCertificate, url } = parameters;
  // LXD's own rule for instances is a host name; projects are wider, and go into a query, encoded.
  if (!/^[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(instance))
    throw invalidParameter('instance', 'is no name of an instance');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(project))
    throw invalidParameter('project', 'is no name of a project');
  if (url !== 'unix' && clientCertificate === undefined)
    throw invalidParameter('clientCertificate', 'is needed: the server knows us by it');
  if (
    clientCertificate !== undefined &&
    !/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n-]+/.test(clientCertificate)
  )
    throw invalidParameter('clientCertificate', 'is no PEM certificate');
  const remote = url === 'unix' ? undefined : endpointOf(parameters);
  const who = remote ? `The LXD server at ${remote.url.host}` : 'The LXD server of this computer';
  const query = `?project=${encodeURIComponent(project)}`;
  const state = `/1.0/instances/${instance}/state${query}`;

  const destination = async (path: string): Promise<Destination> => {
    if (!remote) {
      const socketPath = sockets.find((candidate) => existsSync(candidate));
      if (socketPath === undefined)
        throw new CodedError('BMC_UNREACHABLE', `${who} does not answer: its socket is not there.`, { who });
      return {
        url: new URL(path, 'http://lxd'),
        trust: { kind: 'socket', path: socketPath },
        reach: 'anywhere',
      };
    }
    const certificate = clientCertificate ?? '';
    const key = (await power.readKey()).reveal();
    return { ...remote, url: new URL(path, remote.url), clientIdentity: { certificate, key } };
  };

  const call = async (path: string, ask: Ask): Promise<Document> => {
    const to = await destination(path);
    const answer = await request(to, ask).catch((error: unknown) => {
      throw codedFault(who, error);
    });
    const body = parseDocument(answer.text);
    if (answer.status === 401 || answer.status === 403)
      throw new CodedError('BMC_LOGIN_REFUSED', `${who} does not know our certificate.`, { who });
    if (answer.status >= 300 || !body || body['type'] === 'error')
      throw failed(textAt(body ?? {}, 'error') ?? `it answers ${answer.status}`);
    return body;
  };

  /** Orders are done in the background; the operation is waited for, and its end is looked at. */
  const order = async (action: string, signal: AbortSignal | undefined): Promise<void> => {
    const json = { action, timeout: waitSeconds, force: true };
    const { operation } = await call(state, { method: 'PUT', json, signal });
    if (
      typeof operation !== 'string' ||
      !/^\/1\.0\/operations\/[\w-]{1,64}$/.test(operation.split('?')[0] ?? '')
    )
      return;
    const path = `${operation.split('?')[0]}/wait${query}&timeout=${waitSeconds}`;
    const ended = part(await call(path, { method: 'GET', signal }), 'metadata');
    const error = textAt(ended, 'err');
    if (error) throw failed(error);
  };

  const failed = (why: string): CodedError => {
    const line = why.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200);
    return new CodedError('BMC_COMMAND_FAILED', `${who} did not do it: ${line}.`, { who });
  };

  const {
    command: _command,
    alone: _alone,
    ...orders
  } = confirmedPower(
    {
      endpoint: remote?.url.origin ?? 'unix',
      part: `${project}/${instance}`,
      who,
      async read(signal) {
        const { metadata } = await call(state, { method: 'GET', signal });
        const status = textAt((metadata ?? {}) as Document, 'status') ?? '';
        const seen = instanceStates.get(status);
        if (seen) return seen;
        throw failed(`it tells the state "${status.slice(0, 40)}"`);
      },
      order: (action, signal) => order({ on: 'start', off: 'stop', reset: 'restart' }[action], signal),
    },
    power,
  );
  return { can: powerDriverTable.lxd.can, ...orders, ...withoutBootControl('lxd', machine) };
}

/** LXD, doc/rest-api: instance status. A frozen one has its memory: it is on. */
const instanceStates: ReadonlyMap<string, 'on' | 'off' | 'changing'> = new Map([
  ['Running', 'on'],
  ['Ready', 'on'],
  ['Frozen', 'on'],
  ['Stopped', 'off'],
  ['Error', 'off'],
  ['Starting', 'changing'],
  ['Stopping', 'changing'],
  ['Aborting', 'changing'],
  ['Freezing', 'changing'],
  ['Thawed', 'changing'],
]);
