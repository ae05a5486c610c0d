import type { Ipv4, Mac } from '../net/index.ts';

/**
 * How the network of a deployed machine is set up; docs/reference/network.md describes it. A card is named as the
 * inventory names it, or by its MAC. Cards that nobody names are left alone.
 */
export interface NetworkRequest {
  /** IPv4 address for `auto`, instead of the next one of the subnet's static range. */
  readonly address?: string;
  readonly interfaces?: readonly CardRequest[];
  readonly bonds?: readonly BondRequest[];
  readonly bridges?: readonly BridgeRequest[];
  readonly vlans?: readonly VlanRequest[];
  /** Default: those of the subnet. At most three, as resolv.conf(5) reads. */
  readonly nameservers?: readonly string[];
  readonly search?: readonly string[];
  /** Interface over which we reach the machine. Default: the one with `auto`, or with the only address in the subnet. */
  readonly reach?: string;
}

export interface AddressingRequest {
  /** In prefix notation, IPv4 or IPv6: `10.78.0.20/24`; `auto`: one of the subnet's static range. */
  readonly addresses?: readonly string[];
  readonly dhcp4?: boolean;
  readonly dhcp6?: boolean;
  /** Addresses by router advertisements (RFC 4862). Default: whatever the installed system does by itself. */
  readonly slaac?: boolean;
  /** Default routes. IPv4's default: the subnet's gateway, on the interface over which we reach the machine. */
  readonly gateway4?: string;
  readonly gateway6?: string;
  readonly routes?: readonly RouteRequest[];
  /** Bytes. */
  readonly mtu?: number;
}

export interface RouteRequest {
  /** `default`, or a network in prefix notation. */
  readonly to: string;
  readonly via?: string;
  readonly metric?: number;
  /** Number of a routing table. */
  readonly table?: number;
}

export interface CardRequest extends AddressingRequest {
  readonly card: string;
}

export const bondModes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;
export type BondMode = (typeof bondModes)[number];

export const hashPolicies = ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4'] as const;

/** Linux, Documentation/networking/bonding.rst. Times are milliseconds. */
export interface BondParameters {
  readonly mode: BondMode;
  /** How often the link is looked at. Default: 100. */
  readonly miimon?: number;
  readonly upDelay?: number;
  readonly downDelay?: number;
  readonly lacpRate?: 'slow' | 'fast';
  readonly hashPolicy?: (typeof hashPolicies)[number];
  /** The member that is preferred. */
  readonly primary?: string;
}

export interface BondRequest extends AddressingRequest, BondParameters {
  readonly name: string;
  readonly interfaces: readonly string[];
}

/** IEEE 802.1D. Times are seconds. */
export interface BridgeParameters {
  /** Default: false. */
  readonly stp?: boolean;
  /** Default: 15 with STP; 0 without, since Linux keeps a port silent for that long in either case. */
  readonly forwardDelay?: number;
  readonly hello?: number;
  readonly maxAge?: number;
}

export interface BridgeRequest extends AddressingRequest, BridgeParameters {
  readonly name: string;
  readonly interfaces?: readonly string[];
}

export interface VlanRequest extends AddressingRequest {
  readonly name: string;
  /** IEEE 802.1Q: 1 to 4094. */
  readonly id: number;
  readonly link: string;
}

/** Every interface that a deployment sets up; one that is made of others comes after them. */
export interface PlannedNetwork {
  /** Where the machine is reached afterwards, and the interface that has this address. */
  readonly address: Ipv4;
  readonly reach: string;
  readonly interfaces: readonly PlannedInterface[];
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
}

export type PlannedInterface = PlannedCard | PlannedBond | PlannedBridge | PlannedVlan;

export interface PlannedAddressing {
  readonly name: string;
  /** In prefix notation, IPv6 as RFC 5952 writes it. */
  readonly addresses: readonly string[];
  readonly dhcp4: boolean;
  readonly dhcp6: boolean;
  /** Absent: left to the installed system. */
  readonly slaac?: boolean;
  readonly routes: readonly PlannedRoute[];
  readonly mtu?: number;
}

export interface PlannedRoute extends RouteRequest {
  readonly family: 4 | 6;
}

export interface PlannedCard extends PlannedAddressing {
  readonly kind: 'card';
  readonly mac: Mac;
}

export interface PlannedBond extends PlannedAddressing, BondParameters {
  readonly kind: 'bond';
  readonly members: readonly string[];
  readonly miimon: number;
  /** Of its first member, so that it does not depend on which comes up first. */
  readonly mac: Mac;
}

export interface PlannedBridge extends PlannedAddressing {
  readonly kind: 'bridge';
  readonly members: readonly string[];
  readonly stp: boolean;
  readonly forwardDelay: number;
  readonly hello?: number;
  readonly maxAge?: number;
  /** Absent: it has no member with one. */
  readonly mac?: Mac;
}

export interface PlannedVlan extends PlannedAddressing {
  readonly kind: 'vlan';
  readonly id: number;
  readonly link: string;
}

/** True when the plan needs an address of the subnet's static range that nobody has named. */
export function needsAddress(request: NetworkRequest | undefined): boolean {
  if (request?.address !== undefined) return false;
  const all = interfaceRequests(request ?? {});
  return all.length === 0 || all.some(({ addresses = [] }) => addresses.includes('auto'));
}

function interfaceRequests(request: NetworkRequest): readonly AddressingRequest[] {
  const { interfaces = [], bonds = [], bridges = [], vlans = [] } = request;
  return [...interfaces, ...bonds, ...bridges, ...vlans];
}
