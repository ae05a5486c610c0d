import { CodedError, type PowerParameters, powerDriverTable, type Secret } from '../model/index.ts';
import { type Confirming, confirmedPower, pause } from './confirmed.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';
import { endpointOf } from './http/endpoint.ts';
import { codedFault } from './http/fault.ts';
import { invalidParameter } from './invalid.ts';
import { parseDocument, part, textAt } from './document.ts';
import { withoutBootControl } from './unsupported.ts';
import { type Ask, request } from '../outbound/index.ts';

export interface ProxmoxPower extends Confirming {
  readonly parameters: Extract<PowerParameters, { driver: 'proxmox' }>;
  readonly machine: PoweredMachine;
  readonly readToken: () => Promise<Secret>;
}

/** @throws CodedError REQUEST_INVALID for parameters that cannot be used */
export function proxmoxDriver(power: ProxmoxPower): PowerDriver {
  const { parameters, machine, timing } = power;
  const { node, vm, tokenId } = parameters;
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(node))
    throw invalidParameter('node', 'is no host name');
  if (!Number.isInteger(vm) || vm < 100 || vm > 999_999_999) throw invalidParameter('vm', 'is no VM number');
  if (!/^[\w.+-]{1,64}@[\w.-]{1,32}![A-Za-z][\w.-]{0,63}$/.test(tokenId))
    throw invalidParameter('tokenId', 'is no id of a token, user@realm!name');
  const to = endpointOf(parameters);
  const who = `The Proxmox server at ${to.url.host}`;
  const base = `/api2/json/nodes/${node}`;

  const failed = (why: string): CodedError => {
    const line = why.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200);
    return new CodedError('BMC_COMMAND_FAILED', `${who} did not do it: ${line}.`, { who });
  };

  /** @returns the field `data` of the answer */
  const call = async (path: string, ask: Ask): Promise<Readonly<Record<string, unknown>>> => {
    const token = (await power.readToken()).reveal();
    if (!/^[\x21-\x7e]{1,128}$/.test(token)) throw invalidParameter('token', 'is no token');
    const headers = { authorization: `PVEAPIToken=${tokenId}=${token}` };
    const answer = await request({ ...to, url: new URL(base + path, to.url) }, { ...ask, headers }).catch(
      (error: unknown) => {
        throw codedFault(who, error);
      },
    );
    if (answer.status === 401 || answer.status === 403)
      throw new CodedError('BMC_LOGIN_REFUSED', `${who} refuses the token ${tokenId}.`, { who });
    const body = parseDocument(answer.text);
    if (answer.status >= 300 || !body)
      throw failed(textAt(body ?? {}, 'message')?.trim() || `it answers ${answer.status}`);
    return body;
  };

  /** Orders are tasks (UPID:…): one is over when it is `stopped`, and went well when its `exitstatus` is OK. */
  const order = async (action: string, signal: AbortSignal | undefined): Promise<void> => {
    const { data: task } = await call(`/qemu/${vm}/status/${action}`, { method: 'POST', signal });
    if (typeof task !== 'string' || !/^UPID:[\x21-\x7e]{1,200}$/.test(task)) return;
    const deadline = performance.now() + timing.confirmMs;
    for (;;) {
      const data = part(
        await call(`/tasks/${encodeURIComponent(task)}/status`, { method: 'GET', signal }),
        'data',
      );
      const result = textAt(data, 'exitstatus') ?? '';
      if (textAt(data, 'status') === 'stopped') {
        if (result === 'OK' || result.startsWith('WARNINGS')) return;
        throw failed(result || 'its task has no result');
      }
      if (performance.now() > deadline) throw failed('its task does not end');
      await pause(timing.pollMs, signal);
    }
  };

  const {
    command: _command,
    alone: _alone,
    ...orders
  } = confirmedPower(
    {
      endpoint: to.url.origin,
      part: String(vm),
      who,
      async read(signal) {
        const answer = await call(`/qemu/${vm}/status/current`, { method: 'GET', signal });
        const status = textAt(part(answer, 'data'), 'status');
        // `status` is running or stopped; paused and sleeping machines run by that word.
        if (status === 'running') return 'on';
        if (status === 'stopped') return 'off';
        throw failed('it tells no power state');
      },
      order: (action, signal) => order({ on: 'start', off: 'stop', reset: 'reset' }[action], signal),
    },
    power,
  );
  return { can: powerDriverTable.proxmox.can, ...orders, ...withoutBootControl('proxmox', machine) };
}
