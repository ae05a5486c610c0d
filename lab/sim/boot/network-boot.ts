import { setTimeout as delay } from 'node:timers/promises';
import type { SignOfLife } from '../../../model/index.ts';
import type { Ipv4 } from '../../../net/index.ts';
import { type Faults, faultOf } from '../faults/fault.ts';
import { isSilentAt, lostDatagrams } from '../faults/boot.ts';
import type { Hardware } from '../hardware.ts';
import type { Pace } from '../pace.ts';
import { httpFetch } from './http.ts';
import { readScript } from './ipxe.ts';
import { obtainLease, type SimLease } from './lease.ts';
import type { Speaker } from './messages.ts';
import type { Relay } from './relay.ts';
import { helloForm, readSeed, type Seed } from './seed.ts';
import { tftpRead } from './tftp.ts';

export interface NetworkBoot {
  readonly hardware: Hardware;
  readonly faults: Faults;
  readonly pace: Pace;
  readonly relay: Relay;
  /** Counted from 1. */
  readonly boot: number;
  readonly xid: () => number;
  readonly signal: AbortSignal;
  /** Called when the memory system stands, before it says hello: from then on SSH answers. */
  readonly onMemory: (address: Ipv4, seed: Seed) => Promise<{ readonly hostKeyLine: string }>;
}

export type BootEnd =
  | { readonly kind: 'memory' }
  | { readonly kind: 'disk' }
  /** Nobody answered, or not to the end: firmware goes on to the next device. */
  | { readonly kind: 'unanswered'; readonly at: SignOfLife }
  /** Firmware that found nothing to run, or a rung that stays dark: it waits for a person. */
  | { readonly kind: 'stuck'; readonly at: SignOfLife };

/** Firmware gives up after a minute or so; a service that is started again is back by then. */
const DHCP_TRIES = 40;

/** The whole way of a machine that boots over the network, rung by rung. */
export async function networkBoot(boot: NetworkBoot): Promise<BootEnd> {
  const { hardware, faults, pace, signal } = boot;
  const silent = (rung: SignOfLife): boolean => isSilentAt(faults, rung, boot.boot);
  const stuck = (at: SignOfLife): BootEnd => ({ kind: 'stuck', at });

  if (silent('dhcp')) return stuck('dhcp');
  const first = await lease(boot, hardware.rom);
  if (!first) return { kind: 'unanswered', at: 'dhcp' };
  if (silent('boot-file')) return stuck('boot-file');
  const ipxe = hardware.rom === 'ipxe' ? first : await chainLoad(boot, first);
  if (!ipxe?.bootFile.startsWith('http')) return stuck('boot-file');
  const { address } = ipxe;

  for (;;) {
    if (silent('script')) return stuck('script');
    const script = await httpFetch(address, ipxe.bootFile, { signal }).catch(() => undefined);
    signal.throwIfAborted();
    const orders = script && readScript(script.body);
    if (!orders) return { kind: 'unanswered', at: 'script' };
    if (orders.kind === 'disk') return { kind: 'disk' };
    // The bytes are the same for all: the first one shows that somebody fetches.
    const part = { range: 'bytes=0-0', signal };
    if (silent('kernel')) return stuck('kernel');
    const kernel = await httpFetch(address, orders.kernelUrl, part);
    if (silent('initrd')) return stuck('initrd');
    const initrd = await httpFetch(address, orders.initrdUrl, part);
    if (kernel.status >= 300 || initrd.status >= 300) {
      await delay(pace.ipxeRetryMs, undefined, { signal });
      continue;
    }
    await delay(pace.kernelMs, undefined, { signal });
    if (silent('squashfs')) return stuck('squashfs');
    await httpFetch(address, orders.squashfsUrl, { ...part, userAgent: 'Wget' });
    await delay(pace.userspaceMs, undefined, { signal });
    if (silent('seed')) return stuck('seed');
    return sayHello(boot, address, orders.seedUrl);
  }
}

function lease(boot: NetworkBoot, speaker: Speaker): Promise<SimLease | undefined> {
  const { hardware, pace, relay, signal } = boot;
  const [mac] = hardware.macs;
  if (!mac) return Promise.resolve(undefined);
  return obtainLease(
    { hardware, mac, speaker, xid: boot.xid(), relay: relay.address },
    { relay, retryMs: pace.dhcpRetryMs, tries: DHCP_TRIES, lose: lostDatagrams(boot.faults), signal },
  );
}

/** A server's firmware goes through its boot devices again when the first had nothing for it, some longer than this. */
const BOOT_FILE_TRIES = 10;

/** Firmware without iPXE fetches it first, by TFTP or HTTP, and iPXE asks for an address of its own. */
async function chainLoad(boot: NetworkBoot, first: SimLease): Promise<SimLease | undefined> {
  if (first.bootFile === '') return undefined;
  for (let tries = BOOT_FILE_TRIES; tries > 0; tries -= 1) {
    const chained = await chainLoadOnce(boot, first);
    if (chained) return chained;
    await delay(boot.pace.ipxeRetryMs, undefined, { signal: boot.signal });
  }
  return undefined;
}

async function chainLoadOnce(boot: NetworkBoot, first: SimLease): Promise<SimLease | undefined> {
  const { signal } = boot;
  const { address, bootFile, nextServer } = first;
  if (boot.hardware.rom === 'pxe') {
    if (!nextServer) return undefined;
    const read = await tftpRead(address, nextServer, bootFile, signal).catch(() => undefined);
    if (read === undefined) return undefined;
  } else {
    const { status } = await httpFetch(address, bootFile, { signal, userAgent: 'UefiHttpBoot/1.0' });
    if (status !== 200) return undefined;
  }
  return lease(boot, 'ipxe');
}

/** cloud-init asks ten times again, a second apart, whatever the answer was. */
async function seedDocument(boot: NetworkBoot, address: Ipv4, url: string): Promise<string | undefined> {
  const { pace, signal } = boot;
  for (let tries = 11; tries > 0; tries -= 1) {
    const { status, body } = await httpFetch(address, url, { signal, userAgent: 'Cloud-Init/22.4.2' }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        return { status: 503, body: String(error) };
      },
    );
    if (status === 200) return body;
    await delay(pace.seedRetryMs, undefined, { signal });
  }
  return undefined;
}

/** What the seed script of the image does: as curl does it, with its retries. */
async function sayHello(boot: NetworkBoot, address: Ipv4, seedUrl: string): Promise<BootEnd> {
  const { hardware, faults, pace, signal } = boot;
  const curl = { signal, userAgent: 'curl/7.88.1' };
  await seedDocument(boot, address, `${seedUrl}meta-data`);
  const seed = readSeed((await seedDocument(boot, address, `${seedUrl}user-data`)) ?? '');
  if (!seed) return { kind: 'stuck', at: 'seed' };
  const { hostKeyLine } = await boot.onMemory(address, seed);
  if (isSilentAt(faults, 'hello', boot.boot)) return { kind: 'stuck', at: 'hello' };
  const form = helloForm(hardware, seed, hostKeyLine);
  for (let tries = 60; tries > 0; tries -= 1) {
    const said = await httpFetch(address, seed.helloUrl, { ...curl, form }).catch((error: unknown) => {
      signal.throwIfAborted();
      return { status: 503, body: String(error) };
    });
    if (said.status < 300) {
      if (faultOf(faults, 'hello-twice')) await httpFetch(address, seed.helloUrl, { ...curl, form });
      return { kind: 'memory' };
    }
    // curl(1), --retry: these are transient; anything else ends it.
    if (![408, 429, 500, 502, 503, 504].includes(said.status)) return { kind: 'stuck', at: 'hello' };
    await delay(pace.helloRetryMs, undefined, { signal });
  }
  return { kind: 'stuck', at: 'hello' };
}
