import { createSocket } from 'node:dgram';
import { CodedError, powerDriverTable, type PowerParameters } from '../model/index.ts';
import { type Mac, macToBytes, parseIpv4, parseMac } from '../net/index.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';
import { invalidParameter } from './invalid.ts';
import { offByHand } from './manual.ts';
import { withoutBootControl } from './unsupported.ts';

type WakeOnLan = Extract<PowerParameters, { driver: 'wake-on-lan' }>;

/** It is a datagram, and nobody answers. */
const copies = 3;

/** Switches on, and no more: a card that listens for the packet does so when the machine is off alone. */
export function wakeOnLanDriver(power: WakeOnLan, machine: PoweredMachine): PowerDriver {
  return {
    can: powerDriverTable['wake-on-lan'].can,
    query: () => Promise.resolve('unknown'),
    async on({ signal } = {}) {
      signal?.throwIfAborted();
      const macs = power.mac === undefined ? (machine.identity.macs ?? []) : [power.mac];
      if (macs.length === 0)
        throw invalidParameter('mac', `${machine.name} has no known network card: name one`);
      if (!macs.every((mac) => parseMac(mac))) throw invalidParameter('mac', 'is no MAC address');
      await broadcast(macs.map(magicPacket), power);
      const note = `Nothing tells whether ${machine.name} is on: if it was on before, switch it off and on by hand.`;
      return { kind: 'done', sent: true, unconfirmed: true, note };
    },
    ...offByHand(machine),
    ...withoutBootControl('wake-on-lan', machine),
  };
}

/** AMD "Magic Packet Technology" (1995): six bytes of ones, then the address sixteen times. */
export function magicPacket(mac: Mac): Uint8Array {
  const address = macToBytes(mac);
  return Uint8Array.from([
    ...Array<number>(6).fill(0xff),
    ...Array.from({ length: 16 }, () => [...address]).flat(),
  ]);
}

async function broadcast(packets: readonly Uint8Array[], { broadcast: to, port }: WakeOnLan): Promise<void> {
  if (!parseIpv4(to)) throw invalidParameter('broadcast', 'is no IPv4 address');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalidParameter('port', 'is none');
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    socket.setBroadcast(true);
    for (const packet of packets)
      for (let copy = 0; copy < copies; copy++) await sent(socket, packet, port, to);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const why = (error as Error).message;
    throw new CodedError('BMC_UNREACHABLE', `The magic packet cannot be sent to ${to}: ${why}.`, { to });
  } finally {
    socket.close();
  }
}

function sent(socket: ReturnType<typeof createSocket>, packet: Uint8Array, port: number, to: string) {
  return new Promise<void>((resolve, reject) => {
    socket.send(packet, port, to, (error) => (error ? reject(error) : resolve()));
  });
}
