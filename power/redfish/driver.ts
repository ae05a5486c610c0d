import { type PowerParameters, powerDriverTable } from '../../model/index.ts';
import { type Confirming, confirmedPower } from '../confirmed.ts';
import type { PowerDriver, PoweredMachine, PowerOptions, PowerOutcome } from '../driver.ts';
import { endpointOf, parseUrl } from '../http/endpoint.ts';
import { invalidParameter } from '../invalid.ts';
import type { ReadPasswords } from '../passwords.ts';
import { unsupported } from '../unsupported.ts';
import { overrideBoot } from './boot.ts';
import { type Document, textAt } from '../document.ts';
import { closeHostInterfaces } from './host-interfaces.ts';
import { changeMedia } from './media.ts';
import { resetSystem } from './reset.ts';
import { failed, redfishService } from './service.ts';
import type { RedfishSessions } from './session.ts';
import { findSystem } from './system.ts';

export interface RedfishPower extends Confirming {
  readonly parameters: Extract<PowerParameters, { driver: 'redfish' }>;
  readonly machine: PoweredMachine;
  readonly readPasswords: ReadPasswords;
  readonly sessions: RedfishSessions;
}

/** @throws CodedError REQUEST_INVALID for parameters that cannot be used */
export function redfishDriver(power: RedfishPower): PowerDriver {
  const { parameters, machine, sessions, readPasswords, timing } = power;
  const { username, system: wanted } = parameters;
  if (!/^[\x21-\x39\x3b-\x7e]{1,64}$/.test(username) || username.startsWith('-'))
    throw invalidParameter(
      'username',
      'has to be 1 to 64 printable characters without ":", the first not "-"',
    );
  if (wanted !== undefined && !/^[\x21-\x2c\x2e-\x7e][\x21-\x7e]{0,127}$/.test(wanted))
    throw invalidParameter('system', 'is no id');
  const to = endpointOf(parameters);
  const service = redfishService(
    { to, username, account: parameters.secret, readPasswords },
    sessions.request,
    timing.pollMs,
  );

  let path: string | undefined;
  const systemPath = async (signal: AbortSignal | undefined): Promise<string> => {
    path ??= await findSystem(service, { system: wanted, uuid: machine.identity.uuid }, signal);
    return path;
  };
  const read = async (signal: AbortSignal | undefined): Promise<Document> =>
    (await service.get(await systemPath(signal), signal)).document;

  const { command, alone, ...orders } = confirmedPower(
    {
      endpoint: to.url.origin,
      ...(wanted !== undefined && { part: wanted }),
      who: service.who,
      async read(signal) {
        const state = powerStates.get(textAt(await read(signal), 'PowerState') ?? '');
        if (state) return state;
        throw failed(service.who, 'it tells no power state');
      },
      async order(action, signal) {
        await resetSystem(service, await read(signal), action, signal);
      },
    },
    power,
  );

  const boot =
    (target: 'Pxe' | 'UefiHttp', url?: string) =>
    ({ signal }: PowerOptions): Promise<PowerOutcome> =>
      command(async () => {
        const order = { target, firmware: machine.firmware, ...(url !== undefined && { url }) };
        const said = await overrideBoot(service, await systemPath(signal), await read(signal), order, signal);
        return { kind: 'done', sent: true, ...said };
      });
  const media =
    (url: string | undefined) =>
    ({ signal }: PowerOptions): Promise<PowerOutcome> =>
      command(async () => {
        if (await changeMedia(service, await read(signal), url, signal)) return { kind: 'done', sent: true };
        throw unsupported(machine.name, `${service.who} has no virtual CD drive`);
      });

  return {
    can: powerDriverTable.redfish.can,
    ...orders,
    bootFromNetworkOnce: alone(boot('Pxe')),
    async bootFromHttpOnce(url, options) {
      parseUrl('url', url);
      if (machine.firmware !== 'uefi') throw unsupported(machine.name, 'its firmware is not UEFI');
      return alone(boot('UefiHttp', url))(options);
    },
    async insertMedia(url, options) {
      parseUrl('url', url);
      return alone(media(url))(options);
    },
    ejectMedia: alone(media(undefined)),
    closeToHost: ({ signal } = {}) =>
      command(async () => closeHostInterfaces(service, await read(signal), signal)),
  };
}

/** Redfish data model, Resource.PowerState. `Paused` has power. */
const powerStates: ReadonlyMap<string, 'on' | 'off' | 'changing'> = new Map([
  ['On', 'on'],
  ['Off', 'off'],
  ['Paused', 'on'],
  ['PoweringOn', 'changing'],
  ['PoweringOff', 'changing'],
]);
