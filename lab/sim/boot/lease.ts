import { setTimeout as delay } from 'node:timers/promises';
import type { DhcpPacket } from '../../../boot/dhcp/packet.ts';
import { messageType, optionCode } from '../../../boot/dhcp/registry.ts';
import { addressView, given, textView, u8View, view } from '../../../boot/dhcp/views/index.ts';
import type { Ipv4 } from '../../../net/index.ts';
import { type Ask, discover, request } from './messages.ts';
import type { Relay } from './relay.ts';

export interface SimLease {
  readonly address: Ipv4;
  readonly server: Ipv4;
  /** A name for TFTP from `nextServer`, or a URL. Empty: nothing to run. */
  readonly bootFile: string;
  readonly nextServer?: Ipv4;
}

export interface Conversation {
  readonly relay: Relay;
  /** Until the client asks again; firmware: 4 s (RFC 2131, section 4.1). */
  readonly retryMs: number;
  readonly tries: number;
  /** This many datagrams are lost on the way to the server. */
  readonly lose: number;
  readonly signal: AbortSignal;
}

/** DISCOVER, OFFER, REQUEST, ACK. Undefined when nobody answers often enough. */
export async function obtainLease(ask: Ask, conversation: Conversation): Promise<SimLease | undefined> {
  let lost = 0;
  const send = (packet: DhcpPacket): void => {
    if (lost >= conversation.lose) conversation.relay.send(packet);
    lost += 1;
  };
  const offer = await exchange(ask, messageType.offer, conversation, () => send(discover(ask)));
  const server = offer && view(offer.options, optionCode.serverIdentifier, addressView);
  if (!offer || !server) return undefined;
  const offered = { address: offer.yiaddr, server };
  const ack = await exchange(ask, messageType.acknowledge, conversation, () => send(request(ask, offered)));
  if (!ack) return undefined;
  const nextServer = given(ack.siaddr);
  return {
    address: ack.yiaddr,
    server,
    bootFile: view(ack.options, optionCode.bootFileName, textView) ?? ack.file,
    ...(nextServer && { nextServer }),
  };
}

async function exchange(
  { xid }: Ask,
  wanted: number,
  { relay, retryMs, tries, signal }: Conversation,
  send: () => void,
): Promise<DhcpPacket | undefined> {
  const { promise, resolve } = Promise.withResolvers<DhcpPacket | undefined>();
  const forget = relay.listen(xid, (packet) => {
    const type = view(packet.options, optionCode.messageType, u8View);
    if (type === wanted) resolve(packet);
    else if (type === messageType.refuse) resolve(undefined);
  });
  const giveUp = new AbortController();
  const asking = async (): Promise<void> => {
    for (let left = tries; left > 0; left -= 1) {
      send();
      await delay(retryMs, undefined, { signal: AbortSignal.any([signal, giveUp.signal]) });
    }
    resolve(undefined);
  };
  asking().catch(() => resolve(undefined));
  try {
    return await promise;
  } finally {
    giveUp.abort();
    forget();
  }
}
