import type { Subnet } from '../../model/index.ts';
import type { Mac } from '../../net/index.ts';
import type { DhcpEvent } from './events.ts';
import { type Journal, openJournal, readJournal } from './journal.ts';
import { formatLease, parseLease } from './lease-record.ts';
import { Leases } from './leases.ts';
import type { Destination } from './reply.ts';
import { Reporter } from './report.ts';
import { type Policies, Responder } from './responder.ts';
import { type DhcpSockets, openSockets } from './sockets.ts';
import type { Lease } from './world.ts';

export interface DhcpServerOptions extends Policies {
  /** Subnets on our own link and subnets behind relays. */
  readonly subnets: readonly Subnet[];
  readonly journalPath: string;
  /** For tests. Server 0 takes any free port. */
  readonly ports?: { readonly server: number; readonly client: number };
  readonly now?: () => number;
  onEvent(event: DhcpEvent): void;
}

export interface DhcpServer {
  readonly port: number;
  /** Everything that is remembered: also what ran out, was given back or was declined. */
  leases(): readonly Lease[];
  /** The lease that a client has now. */
  leaseOf(mac: Mac): Lease | undefined;
  /** What is held in memory, for metrics and for tests that it is bounded. */
  sizes(): { readonly leases: number; readonly offers: number; readonly waiting: number };
  /** Takes over a list of subnets, without losing a lease or an offer of those that stay. Cheap when nothing changed. */
  serve(subnets: readonly Subnet[]): void;
  /** Ends the leases of a machine that was released; its addresses rest before anybody else gets them. */
  endLeases(mac: Mac): Promise<void>;
  /** Answers what is on its way to disk, then stops. */
  close(): Promise<void>;
}

/** Resolves when it listens; rejects when the port is taken or the journal cannot be kept. */
export async function startDhcpServer(options: DhcpServerOptions): Promise<DhcpServer> {
  const now = options.now ?? Date.now;
  const report = new Reporter((event) => options.onEvent(event), now);
  const lines = await readJournal(options.journalPath);
  const kept = lines.flatMap((line) => parseLease(line) ?? []);
  if (kept.length < lines.length) report.dropped('journal line is no lease');
  const leases = new Leases(options.subnets, kept, now());
  const journal = await openJournal(options.journalPath, () => leases.all().map(formatLease));
  try {
    return await listen(options, leases, journal, report, now);
  } catch (error) {
    await journal.close();
    throw error;
  }
}

async function listen(
  options: DhcpServerOptions,
  leases: Leases,
  journal: Journal,
  report: Reporter,
  now: () => number,
): Promise<DhcpServer> {
  let closing = false;
  const responder = new Responder(options, {
    leases,
    report,
    now,
    keep: (changed) => journal.append(changed.map(formatLease)),
    waiting: () => journal.waiting,
    send: (bytes, to) => sendTo(sockets, to, bytes, options.ports?.client ?? 68),
  });
  const sockets = await openSockets({
    address: options.address,
    port: options.ports?.server ?? 67,
    onDatagram: (bytes, via) => {
      if (!closing) responder.receive(bytes, via);
    },
    onError: (error) => report.failed('socket', error),
  });
  return {
    port: sockets.port,
    leases: () => leases.all(),
    leaseOf: (mac) => leases.of(mac, now()),
    sizes: () => ({ ...leases.size, waiting: journal.waiting }),
    serve: (subnets) => leases.serve(subnets, now()),
    endLeases: (mac) => responder.endLeases(mac),
    close: async () => {
      closing = true;
      await responder.settled();
      await sockets.close();
      await journal.close();
    },
  };
}

/** RFC 2131 section 4.1: relays listen on the server port, clients on theirs. */
function sendTo(sockets: DhcpSockets, to: Destination, bytes: Uint8Array, clientPort: number): Promise<void> {
  switch (to.kind) {
    case 'broadcast':
      return sockets.send(bytes, clientPort, '255.255.255.255');
    case 'client':
      return sockets.send(bytes, clientPort, to.address);
    case 'relay':
      return sockets.send(bytes, sockets.port, to.address);
  }
}
