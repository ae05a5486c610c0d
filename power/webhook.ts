import { CodedError, type PowerParameters, powerDriverTable, type Secret } from '../model/index.ts';
import { type Confirming, confirmedPower } from './confirmed.ts';
import type { PowerDriver, PoweredMachine, PowerOptions, PowerOutcome } from './driver.ts';
import { parseUrl, trustOf } from './http/endpoint.ts';
import { codedFault } from './http/fault.ts';
import { parseDocument, textAt } from './document.ts';
import { withoutBootControl } from './unsupported.ts';
import type { Outbound, Ask, HttpAnswer } from '../outbound/index.ts';

export interface WebhookPower extends Confirming {
  readonly parameters: Extract<PowerParameters, { driver: 'webhook' }>;
  readonly machine: PoweredMachine;
  readonly outbound: Outbound;
  /** Undefined: the service asks for none. */
  readonly readToken: () => Promise<Secret | undefined>;
}

/**
 * POST to switch, GET to look; the body of an order is `{"machine": NAME, "action": "on" | "off"}`.
 * @throws CodedError REQUEST_INVALID for parameters that cannot be used
 */
export function webhookDriver(power: WebhookPower): PowerDriver {
  const { parameters, machine, outbound, readToken, queue } = power;
  const { onUrl, offUrl, queryUrl } = parameters;
  const place = (field: string, text: string) => {
    const url = parseUrl(field, text);
    return { url, trust: trustOf(url, parameters) };
  };
  const on = place('onUrl', onUrl);
  const off = place('offUrl', offUrl);
  const look = queryUrl === undefined ? undefined : place('queryUrl', queryUrl);
  const who = `The power service at ${on.url.host}`;

  const failed = (why: string) =>
    new CodedError('BMC_COMMAND_FAILED', `${who} did not do it: ${why}.`, { who });

  const call = async ({ url, trust }: typeof on, ask: Ask): Promise<HttpAnswer> => {
    const token = await readToken();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` };
    const answer = await outbound(url, trust, { ...ask, headers }).catch((error: unknown) => {
      throw codedFault(who, error);
    });
    if (answer.status === 401 || answer.status === 403)
      throw new CodedError('BMC_LOGIN_REFUSED', `${who} refuses the token: ${answer.status}.`, { who });
    if (answer.status >= 300 || answer.status < 200) throw failed(`it answers ${answer.status}`);
    return answer;
  };
  const send = async (action: 'on' | 'off', signal: AbortSignal | undefined): Promise<void> => {
    const json = { machine: machine.name, action };
    await call(action === 'on' ? on : off, { method: 'POST', json, signal });
  };

  if (look) {
    const {
      command: _command,
      alone: _alone,
      ...orders
    } = confirmedPower(
      {
        endpoint: on.url.origin,
        part: machine.name,
        who,
        async read(signal) {
          const { text } = await call(look, { method: 'GET', signal });
          const state = readState(text);
          if (state) return state;
          throw failed('it tells no power state');
        },
        order: (action, signal) => send(action === 'off' ? 'off' : 'on', signal),
      },
      power,
    );
    // It knows no reset line.
    const reset = orders.cycle;
    return {
      can: { ...powerDriverTable.webhook.can, query: 'yes' },
      ...orders,
      reset,
      ...withoutBoot(machine),
    };
  }

  const note = `${who} tells no power state: nobody saw what came of it.`;
  const ordered =
    (...actions: readonly ('on' | 'off')[]) =>
    ({ signal }: PowerOptions = {}): Promise<PowerOutcome> =>
      queue.order(`${on.url.origin}/${machine.name}`, async () => {
        for (const action of actions) await queue.command(on.url.origin, () => send(action, signal));
        return { kind: 'done', sent: true, unconfirmed: true, note };
      });
  const again = ordered('off', 'on');
  return {
    can: { ...powerDriverTable.webhook.can, query: 'no' },
    query: () => Promise.resolve('unknown'),
    on: ordered('on'),
    off: ordered('off'),
    cycle: again,
    reset: again,
    ...withoutBoot(machine),
  };
}

function withoutBoot(machine: PoweredMachine) {
  return withoutBootControl('webhook', machine);
}

const words: ReadonlyMap<string, 'on' | 'off' | 'changing'> = new Map([
  ['on', 'on'],
  ['running', 'on'],
  ['up', 'on'],
  ['off', 'off'],
  ['stopped', 'off'],
  ['down', 'off'],
  ['changing', 'changing'],
]);

/** `{"status": "running"}`, also under `state` or `power`; or the word alone. */
export function readState(text: string): 'on' | 'off' | 'changing' | undefined {
  const document = parseDocument(text);
  const said = document
    ? (textAt(document, 'status') ?? textAt(document, 'state') ?? textAt(document, 'power'))
    : text.trim().replace(/^"|"$/g, '');
  return words.get((said ?? '').toLowerCase());
}
