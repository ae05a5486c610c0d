import type { Ipv4, Mac } from '../../net/index.ts';
import type { DhcpEvent } from './events.ts';
import type { DhcpRequest } from './request.ts';
import { Tally } from './tally.ts';

type Answered = Extract<DhcpEvent, { kind: 'dhcp' }>['message'];
type Failing = Extract<DhcpEvent, { kind: 'dhcp-failed' }>['what'];

/** Turns what happened into events. What the listener throws is its own affair and stops no answer. */
export class Reporter {
  readonly #listener: (event: DhcpEvent) => void;
  readonly #tally: Tally;

  constructor(listener: (event: DhcpEvent) => void, now: () => number) {
    this.#listener = listener;
    this.#tally = new Tally(now);
  }

  answered(
    message: Answered,
    request: DhcpRequest,
    subnet: string,
    about: { readonly address?: Ipv4; readonly bootFile?: string; readonly reason?: string },
  ): void {
    const arch = request.client.kind === 'system' ? undefined : request.client.arch;
    this.#say({
      kind: 'dhcp',
      message,
      mac: request.mac,
      subnet,
      ...(about.address && { address: about.address }),
      ...(arch !== undefined && { arch }),
      ipxe: request.client.kind === 'ipxe',
      ...(request.guid && { guid: request.guid }),
      ...(about.bootFile && { bootFile: about.bootFile }),
      ...(about.reason && { reason: about.reason }),
    });
  }

  dropped(reason: string, mac?: Mac, subnet?: string): void {
    const count = this.#tally.count(reason);
    if (count === undefined) return;
    this.#say({ kind: 'dhcp-dropped', reason, count, ...(mac && { mac }), ...(subnet && { subnet }) });
  }

  failed(what: Failing, error: unknown): void {
    const count = this.#tally.count(what);
    if (count !== undefined) this.#say({ kind: 'dhcp-failed', what, count, error: String(error) });
  }

  #say(event: DhcpEvent): void {
    try {
      this.#listener(event);
    } catch {
      // Nobody is left to tell.
    }
  }
}
