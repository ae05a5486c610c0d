import type { Ipv4, Mac } from '../net/index.ts';

export type PowerState = 'on' | 'off' | 'unknown';
export const powerActions = ['on', 'off', 'cycle', 'reset'] as const;
export type PowerAction = (typeof powerActions)[number];

/**
 * How a machine is powered. Passwords, tokens and keys are in the secret store; only the id of their record is here,
 * and each stands there in the field that `powerDriverTable` names.
 */
export type PowerParameters =
  | { readonly driver: 'manual' }
  | {
      readonly driver: 'ipmi';
      readonly address: Ipv4;
      readonly port: number;
      readonly username: string;
      readonly passwordSecret: string;
      readonly cipherSuite: 3 | 17;
    }
  | ({
      readonly driver: 'redfish';
      readonly username: string;
      /** Id or UUID of the ComputerSystem. Default: the one with the machine's UUID, or the only one. */
      readonly system?: string;
    } & Endpoint &
      Kept)
  | {
      readonly driver: 'libvirt';
      /** `qemu:///system`, `qemu+tls://host/system`; no query, which could name programs and files. */
      readonly uri: string;
      readonly domain: string;
    }
  | ({
      readonly driver: 'lxd';
      readonly project: string;
      readonly instance: string;
      /** PEM, the public half of what the server trusts. Not needed on the server's own socket. */
      readonly clientCertificate?: string;
    } & Endpoint &
      Kept)
  | ({
      readonly driver: 'proxmox';
      readonly node: string;
      readonly vm: number;
      /** `user@realm!name` */
      readonly tokenId: string;
    } & Endpoint &
      Kept)
  | {
      readonly driver: 'wake-on-lan';
      /** Default: all cards of the machine. */
      readonly mac?: Mac;
      /** Of the rack's network, so that the packet leaves by the right interface. */
      readonly broadcast: Ipv4;
      readonly port: number;
    }
  | ({
      readonly driver: 'webhook';
      readonly onUrl: string;
      readonly offUrl: string;
      readonly queryUrl?: string;
      readonly certificate?: string;
      readonly allowPlainHttp?: boolean;
    } & Kept);

/** Where an HTTP service is, and how it is known to be the right one. */
interface Endpoint {
  /** `https://host[:port]`, without a path; for lxd also `unix`, its socket on the same computer. */
  readonly url: string;
  /** SHA-256 of the certificate, hexadecimal. Without it an authority that this computer trusts has to have signed. */
  readonly certificate?: string;
  readonly allowPlainHttp?: boolean;
}

interface Kept {
  /** Record in the secret store. */
  readonly secret: string;
}

export type PowerDriverName = PowerParameters['driver'];

export const powerAbilities = [
  'query',
  'on',
  'off',
  'cycle',
  'reset',
  'bootFromNetworkOnce',
  'bootFromHttpOnce',
  'media',
  'closeToHost',
] as const;
export type PowerAbility = (typeof powerAbilities)[number];

/** `if-served`: it is tried, and refused by name when the other side has no such thing. `person`: somebody is asked. */
export type Can = 'yes' | 'if-served' | 'person' | 'no';
export type PowerAbilities = Readonly<Record<PowerAbility, Can>>;

export interface PowerDriverEntry {
  readonly sentence: string;
  readonly can: PowerAbilities;
  /** Parameters that are written and never read back. */
  readonly secrets: readonly string[];
  /** Parameters that say where a secret is sent: when one of them changes, the stored one is forgotten. */
  readonly place: readonly string[];
}

const byPerson = {
  bootFromNetworkOnce: 'person',
  bootFromHttpOnce: 'no',
  media: 'no',
  closeToHost: 'no',
} as const;
const all = { query: 'yes', on: 'yes', off: 'yes', cycle: 'yes', reset: 'yes' } as const;

export const powerDriverTable = {
  manual: {
    sentence: 'A person presses the button; the work goes on when the machine shows up.',
    can: { query: 'no', on: 'person', off: 'person', cycle: 'person', reset: 'person', ...byPerson },
    secrets: [],
    place: [],
  },
  ipmi: {
    sentence: 'IPMI 2.0 over the LAN, by ipmitool.',
    can: { ...all, bootFromNetworkOnce: 'yes', bootFromHttpOnce: 'no', media: 'no', closeToHost: 'no' },
    secrets: ['password'],
    place: ['address', 'port'],
  },
  redfish: {
    sentence: 'Redfish over HTTPS.',
    can: {
      ...all,
      bootFromNetworkOnce: 'yes',
      bootFromHttpOnce: 'if-served',
      media: 'if-served',
      closeToHost: 'if-served',
    },
    secrets: ['password'],
    place: ['url', 'certificate', 'allowPlainHttp'],
  },
  libvirt: {
    sentence: 'A virtual machine of libvirt, by virsh.',
    can: { ...all, ...byPerson },
    secrets: [],
    place: ['uri'],
  },
  lxd: {
    sentence: 'A virtual machine of LXD or Incus, by its API.',
    can: { ...all, ...byPerson },
    secrets: ['clientKey'],
    place: ['url', 'certificate', 'allowPlainHttp'],
  },
  proxmox: {
    sentence: 'A virtual machine of Proxmox VE, by its API.',
    can: { ...all, ...byPerson },
    secrets: ['token'],
    place: ['url', 'certificate', 'allowPlainHttp'],
  },
  'wake-on-lan': {
    sentence: 'A magic packet switches it on; nothing tells its power, and the rest is done by hand.',
    can: { query: 'no', on: 'yes', off: 'person', cycle: 'person', reset: 'person', ...byPerson },
    secrets: [],
    place: ['broadcast', 'port'],
  },
  webhook: {
    sentence: 'HTTP requests to a service of your own switch it on and off, and may tell its power.',
    can: { query: 'if-served', on: 'yes', off: 'yes', cycle: 'yes', reset: 'yes', ...byPerson },
    secrets: ['token'],
    place: ['onUrl', 'offUrl', 'queryUrl', 'certificate', 'allowPlainHttp'],
  },
} as const satisfies Record<PowerDriverName, PowerDriverEntry>;

export const powerDriverNames = Object.keys(powerDriverTable) as readonly PowerDriverName[];

/** The record of the secret store that these parameters point to. */
export function powerSecretId(power: PowerParameters): string | undefined {
  if ('passwordSecret' in power) return power.passwordSecret;
  return 'secret' in power ? power.secret : undefined;
}

/** Is a secret that was meant for one sent to the same place by the other? (docs/security.md, rule 19) */
export function isSamePowerPlace(
  before: PowerParameters,
  after: Readonly<Record<string, unknown>> & { readonly driver: PowerDriverName },
): boolean {
  const { place }: PowerDriverEntry = powerDriverTable[after.driver];
  const fields: Readonly<Record<string, unknown>> = { ...before };
  return before.driver === after.driver && place.every((field) => fields[field] === after[field]);
}

/** What was seen of a machine's power, when and by what. */
export interface ObservedPower {
  readonly state: PowerState;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Why it could not be seen. */
  readonly error?: string;
  readonly source: PowerDriverName;
}

/** Where the power is switched, for people: `ipmi 10.78.1.2:623 as admin`. */
export function describePower(power: PowerParameters): string {
  switch (power.driver) {
    case 'manual':
      return 'by hand';
    case 'ipmi':
      return `ipmi ${power.address}:${power.port} as ${power.username}, cipher suite ${power.cipherSuite}`;
    case 'redfish':
      return `redfish ${power.url} as ${power.username}`;
    case 'libvirt':
      return `libvirt ${power.uri} ${power.domain}`;
    case 'lxd':
      return `lxd ${power.url} ${power.project}/${power.instance}`;
    case 'proxmox':
      return `proxmox ${power.url} ${power.node}/${power.vm} as ${power.tokenId}`;
    case 'wake-on-lan':
      return `wake-on-lan by ${power.broadcast}:${power.port}`;
    case 'webhook':
      return `webhook ${power.onUrl}`;
  }
}

/** Who is spoken to, in a word for a column; empty for a person. */
export function powerAddress(power: PowerParameters): string {
  if ('address' in power) return power.address;
  if ('url' in power) return power.url;
  if ('uri' in power) return power.uri;
  if ('broadcast' in power) return power.broadcast;
  return 'onUrl' in power ? power.onUrl : '';
}

/** Off and on, without a person. */
export function canSwitch({ can }: { readonly can: Pick<PowerAbilities, 'on' | 'off'> }): boolean {
  return can.on === 'yes' && can.off === 'yes';
}
