import type { Subnet } from '../../model/index.ts';
import { contains, type Ipv4, type Mac, MalformedError, TruncatedError } from '../../net/index.ts';
import type { BootPolicy } from './boot-file.ts';
import { decodeBytes } from './codec.ts';
import { type Decision, decide } from './decide.ts';
import { encodeWithin } from './fit.ts';
import type { Leases, SubnetLeases } from './leases.ts';
import { packetCodec } from './packet.ts';
import { optionCode } from './registry.ts';
import type { Destination, Reply } from './reply.ts';
import type { Reporter } from './report.ts';
import { type DhcpRequest, readRequest } from './request.ts';
import type { Lease } from './world.ts';

/** What the answers rest on that is neither in the datagram nor in the leases. */
export interface Policies {
  /** Our own address: a request that came by no relay is from the subnet that has it. */
  readonly address: Ipv4;
  /** Where `boot/http` listens, for the URLs that clients are given. */
  readonly httpPort: number;
  /** From memory, never waits. Undefined: nobody knows this MAC, so the subnet's `discovery` says. */
  policy(mac: Mac, arch: number | undefined): BootPolicy | undefined;
  /** Whether a machine with this MAC is expected. Default: none is. */
  isDeclared?(mac: Mac): boolean;
  /** The address set aside for a MAC. Outside the dynamic range. */
  reservation?(mac: Mac, subnet: Subnet): Ipv4 | undefined;
  /** Default true. False beside another DHCP server: then no client is ever told that it is wrong. */
  readonly authoritative?: boolean;
  /** Default one hour. */
  readonly leaseSeconds?: number;
}

/** What a responder needs of the world outside. */
export interface Surroundings {
  readonly leases: Leases;
  readonly report: Reporter;
  now(): number;
  /** Resolves when the leases are on disk. */
  keep(leases: readonly Lease[]): Promise<void>;
  /** How many of them are not yet. */
  waiting(): number;
  send(bytes: Uint8Array, to: Destination): Promise<void>;
}

/** Long enough for the slowest client to answer an offer; a flood of invented MACs holds the pool no longer than this. */
const offerMs = 60_000;
/** An address that was given back or found taken is not given to another for ten minutes: ARP caches are old by then. */
const restMs = 600_000;
/** Answers that wait for the disk. Past it the disk is the problem: clients ask again in 4 seconds. */
const mostWaiting = 4096;
/**
 * One hour: a machine in the ephemeral system renews twice before anybody notices that a server is being restarted, and
 * the addresses of a rack that was unplugged are back within the hour.
 */
const defaultLeaseSeconds = 3600;

type Message = Parameters<Reporter['answered']>[0];
type About = Parameters<Reporter['answered']>[3];

/** From a datagram to what becomes of it: reads, decides, and carries the decision out. */
export class Responder {
  readonly #policies: Policies;
  readonly #around: Surroundings;
  readonly #answering = new Set<Promise<void>>();

  constructor(policies: Policies, around: Surroundings) {
    this.#policies = policies;
    this.#around = around;
  }

  /** Nothing that a datagram says may get past this line. */
  receive(bytes: Uint8Array, via: 'unicast' | 'broadcast'): void {
    const { report } = this.#around;
    try {
      const request = readRequest(decodeBytes(packetCodec, bytes), via);
      if (typeof request === 'string') report.dropped(request);
      else this.#respond(request);
    } catch (error) {
      const theirs = error instanceof TruncatedError || error instanceof MalformedError;
      if (theirs) report.dropped('malformed');
      else report.failed('handler', error);
    }
  }

  /** Ends the leases of a machine; its addresses rest before anybody else gets them. */
  async endLeases(mac: Mac): Promise<void> {
    const now = this.#around.now();
    for (const leases of this.#around.leases.subnets) {
      leases.withdraw(mac);
      const lease = leases.leaseOf(mac);
      if (lease?.state !== 'bound' || lease.until <= now) continue;
      await this.#keep(leases, { ...lease, state: 'released', until: now + restMs });
    }
  }

  /** Resolves when everything that was decided is on disk and sent. */
  async settled(): Promise<void> {
    await Promise.all(this.#answering);
  }

  #respond(request: DhcpRequest): void {
    const { leases: all, report } = this.#around;
    const leases = subnetOf(request, all, this.#policies.address);
    if (!leases) return report.dropped('not from a network of ours', request.mac);
    const { subnet } = leases;
    const now = this.#around.now();
    const reservation = this.#policies.reservation?.(request.mac, subnet);
    const arch = request.client.kind === 'system' ? undefined : request.client.arch;
    const decision = decide(request, {
      subnet,
      leases,
      ...(reservation && { reservation }),
      policy:
        this.#policies.policy(request.mac, arch) ??
        unknownPolicy(subnet, () => this.#policies.isDeclared?.(request.mac) ?? false),
      httpPort: this.#policies.httpPort,
      authoritative: this.#policies.authoritative ?? true,
      leaseSeconds: this.#policies.leaseSeconds ?? defaultLeaseSeconds,
      now,
    });
    this.#carryOut(decision, request, leases, now);
  }

  #carryOut(decision: Decision, request: DhcpRequest, leases: SubnetLeases, now: number): void {
    const { mac } = request;
    const { report } = this.#around;
    const subnet = leases.subnet.name;
    const said = (message: Message, about: About) => () => report.answered(message, request, subnet, about);
    switch (decision.kind) {
      case 'offer':
        leases.offer({ address: decision.address, mac, until: now + offerMs });
        return this.#answer(decision.reply, said('offered', decision));
      case 'acknowledge': {
        if (this.#around.waiting() >= mostWaiting) return report.dropped('disk is too slow', mac);
        const until = now + decision.seconds * 1000;
        const lease = {
          address: decision.address,
          mac,
          state: 'bound',
          until,
          ...clientIdOf(request),
        } as const;
        return this.#answer(decision.reply, said('acknowledged', decision), this.#keep(leases, lease));
      }
      case 'refuse':
        return this.#answer(decision.reply, said('refused', decision));
      case 'inform':
        return this.#answer(decision.reply, said('informed', decision));
      case 'release':
      case 'decline': {
        const state = decision.kind === 'release' ? 'released' : 'declined';
        const lease = {
          address: decision.address,
          mac,
          state,
          until: now + restMs,
          ...clientIdOf(request),
        } as const;
        return this.#follow(this.#keep(leases, lease).then(said(state, decision)));
      }
      case 'withdraw':
        return leases.withdraw(mac);
      case 'silence':
        return report.dropped(decision.reason, mac, subnet);
    }
  }

  /** In memory at once, so that the next datagram sees it; on disk when it resolves. */
  #keep(leases: SubnetLeases, lease: Lease): Promise<void> {
    return this.#around.keep(leases.put(lease, this.#around.now()));
  }

  /** A lease is on disk before its client hears of it: whatever was acknowledged survives us. */
  #answer(reply: Reply, then: () => void, kept?: Promise<void>): void {
    const bytes = encodeWithin(reply.packet, reply.maximumSize);
    const send = async (): Promise<void> => {
      try {
        await this.#around.send(bytes, reply.to);
        then();
      } catch (error) {
        this.#around.report.failed('send', error);
      }
    };
    this.#follow(kept ? kept.then(send) : send());
  }

  #follow(work: Promise<void>): void {
    const followed = work
      .catch((error: unknown) => this.#around.report.failed('journal', error))
      .finally(() => this.#answering.delete(followed));
    this.#answering.add(followed);
  }
}

/** RFC 2131 section 4.3.1: by relay, or by the link. A client that renews by unicast may be behind a relay. */
function subnetOf(request: DhcpRequest, all: Leases, ours: Ipv4): SubnetLeases | undefined {
  if (request.relay) return all.within(request.relay);
  if (request.arrival === 'unicast' && request.current) return all.within(request.current);
  const local = all.within(ours);
  if (local && request.current && !contains(local.subnet.cidr, request.current)) return undefined;
  return local;
}

function unknownPolicy({ discovery }: Subnet, isDeclared: () => boolean): BootPolicy {
  switch (discovery) {
    case 'on':
      return { kind: 'network' };
    case 'declared-only':
      return { kind: isDeclared() ? 'network' : 'none' };
    case 'off':
      return { kind: 'none' };
  }
}

function clientIdOf(request: DhcpRequest): { readonly clientId?: string } {
  const bytes = request.packet.options.get(optionCode.clientIdentifier);
  return bytes ? { clientId: Buffer.from(bytes).toString('hex') } : {};
}
