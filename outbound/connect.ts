import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { isListed, isPublicAddress, type NetworkList } from '../net/index.ts';
import { type Fault, fault } from './fault.ts';

/** How the other side is known to be the right one, before a byte is sent to it. */
export type Trust =
  /** Signed by an authority that this computer trusts, for the name in the URL. */
  | { readonly kind: 'authorities' }
  /** This very certificate: SHA-256, 64 small hexadecimal digits. Name and dates do not matter then. */
  | { readonly kind: 'pinned'; readonly sha256: string }
  /** Not at all; the operator said so. */
  | { readonly kind: 'plain' }
  /** A socket of this computer, whose file's owner is who it is. */
  | { readonly kind: 'socket'; readonly path: string };

/** Which addresses may be called. `anywhere` is for a device whose address an operator entered as that device's. */
export type Reach = 'anywhere' | { readonly allowed: NetworkList };

export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

export interface Destination {
  readonly url: URL;
  readonly trust: Trust;
  readonly reach: Reach;
  readonly lookup?: Lookup;
  readonly clientIdentity?: { readonly certificate: string; readonly key: string };
}

const connectTimeoutMs = 10_000;

/**
 * One lookup, whose addresses are checked and connected to: a second one could tell another address (DNS rebinding).
 * @throws Fault with why nothing was sent
 */
export async function connect(to: Destination, signal: AbortSignal): Promise<Socket> {
  const { url, trust } = to;
  // WHATWG URL: 0x7f.1, 017700000001 and full-width digits are 127.0.0.1 by now.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const patience = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
  try {
    if (trust.kind === 'socket') return await opened(connectTcp({ path: trust.path }), 'connect', patience);
    const address = await before(patience, addressOf(host, to));
    if (trust.kind === 'plain') return await opened(connectTcp({ host: address, port }), 'connect', patience);
    return await secured(host, address, port, to, patience);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (patience.aborted) throw fault('unreachable', `no connection within ${connectTimeoutMs / 1000} s`);
    throw error;
  }
}

/** A lookup cannot be stopped, only left behind. */
async function before<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const give = () => reject(signal.reason);
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}

async function addressOf(host: string, { reach, lookup = lookupAll }: Destination): Promise<string> {
  const found = isIP(host) === 0 ? await lookup(host).catch(() => []) : [{ address: host }];
  const [first] = found;
  if (!first) throw fault('unreachable', `the name ${host} has no address`);
  if (reach === 'anywhere') return first.address;
  // All of them: a name that also leads inside is not one to trust.
  const inside = found.find(({ address }) => !isPublicAddress(address) && !isListed(reach.allowed, address));
  if (inside) throw fault('forbidden', `${inside.address} is in no network that may be called`);
  return first.address;
}

function lookupAll(host: string): Promise<readonly LookupAddress[]> {
  return systemLookup(host, { all: true });
}

async function secured(
  host: string,
  address: string,
  port: number,
  { trust, clientIdentity }: Destination,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const identity = clientIdentity && contextOf(clientIdentity);
  const socket = connectTls({
    host: address,
    port,
    // RFC 6066, section 3: an address is no server name. Without one, the address itself is what is verified.
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: trust.kind !== 'pinned',
    minVersion: 'TLSv1.2',
    ...(identity && { secureContext: identity }),
  });
  await opened(socket, 'secureConnect', signal);
  if (trust.kind === 'pinned') {
    const shown = socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase();
    if (shown !== trust.sha256) {
      socket.destroy();
      throw fault('certificate', `its certificate is ${shown ?? 'none'}, not the pinned one`);
    }
  }
  return socket;
}

function contextOf({ certificate, key }: NonNullable<Destination['clientIdentity']>): SecureContext {
  try {
    return createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
  } catch {
    // What OpenSSL says about a key is not for logs.
    throw fault('identity', 'our certificate and its key cannot be used together');
  }
}

async function opened<Kind extends Socket>(socket: Kind, event: string, signal: AbortSignal): Promise<Kind> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const give = () => reject(signal.reason);
  socket.once(event, () => resolve()).once('error', reject);
  // Between the TLS hello and its end some devices just hang up.
  socket.once('close', () => reject(fault('unreachable', 'it hung up')));
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? error : faultOf(error);
  } finally {
    signal.removeEventListener('abort', give);
    socket.removeListener('error', reject);
    // From here on the request listens; what comes between must not end the process.
    socket.on('error', () => {});
  }
}

/** Codes of OpenSSL's verification begin otherwise than those of the system. */
function faultOf(error: unknown): Fault {
  const { code = '', message = 'no reason given' } = error as { code?: string; message?: string };
  if ((error as Partial<Fault>).fault) return error as Fault;
  const isAboutCertificate = /CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CRL|HOSTNAME/.test(code);
  return fault(isAboutCertificate ? 'certificate' : 'unreachable', message);
}
