import type { Ipv4, Mac } from '../net/index.ts';

export type Firmware = 'bios' | 'uefi';

/** The evidence ladder, lowest rung first. The first dark rung of a boot is its diagnosis. */
export const signsOfLife = [
  'power',
  'dhcp',
  'boot-file',
  'script',
  'kernel',
  'initrd',
  'squashfs',
  'seed',
  'hello',
  'ssh',
] as const;
export type SignOfLife = (typeof signsOfLife)[number];

export const bootPurposes = ['discovery', 'commission', 'test', 'deploy', 'release', 'rescue'] as const;
export type BootPurpose = (typeof bootPurposes)[number];

/**
 * By what a machine's SSH host key is known to be its own: it came over the rack's network when the machine said hello,
 * or the machine's console said the same, which its BMC carries.
 */
export const hostKeyPins = ['network', 'console'] as const;
export type HostKeyPin = (typeof hostKeyPins)[number];

/** One attempt of a machine to boot over the network into memory. */
export interface BootRecord {
  readonly id: string;
  /** Undefined while nobody knows whose MAC this is. */
  readonly machineId?: string;
  readonly mac: Mac;
  /** Bound at the first DHCP acknowledgement; hello must come from it. */
  readonly address?: Ipv4;
  readonly purpose: BootPurpose;
  /** The image that it runs from memory: `debian/12`. */
  readonly image: string;
  readonly firmware?: Firmware;
  /** SHA-256 of the one-time token, in hexadecimal. The token itself is only in the seed. */
  readonly tokenHash?: string;
  readonly signs: Readonly<Partial<Record<SignOfLife, string>>>;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly consumedAt?: string;
  /** Since then, code of an image may have run in its memory: nothing secret is sent there any more. */
  readonly taintedAt?: string;
  /** Default: `network`. */
  readonly pin?: HostKeyPin;
}

/** What a booted machine says about itself, once. Every field is hostile until checked. */
export interface Hello {
  readonly bootId: string;
  readonly token: string;
  readonly uuid: string;
  readonly serial: string;
  readonly vendor: string;
  readonly product: string;
  readonly macs: readonly Mac[];
  readonly firmware: Firmware;
  readonly arch: 'amd64' | 'arm64';
  readonly hostKeys: readonly string[];
}

/** Usual causes when a rung stays dark, likeliest first. */
export const darkRungCauses: Readonly<Record<SignOfLife, readonly string[]>> = {
  power: [
    'the BMC took the order but did nothing',
    'no mains',
    'power is manual and nobody pressed the button',
  ],
  dhcp: [
    'boot order is not network first',
    'PXE is off for that card',
    'switch port in the wrong VLAN or down',
  ],
  'boot-file': [
    'another DHCP server answered',
    'our answers do not reach it: a relay or VLAN that works one way only',
    'a firewall between machine and server drops UDP 69',
    'firmware speaks no PXE',
  ],
  script: [
    'the boot program cannot reach HTTP on the server',
    'the boot program waits for a slow switch port (spanning tree)',
  ],
  kernel: ['HTTP to the server is cut', 'the image was taken away'],
  initrd: ['HTTP to the server is cut', 'too little memory'],
  squashfs: [
    'the network card has no driver in the initrd',
    'too little memory',
    'kernel panic: look at the console',
  ],
  seed: ['the system hangs while it starts: look at the console', 'the seed was asked from another address'],
  hello: [
    'the seed script failed: look at the console',
    'the clock is far off',
    'the token was refused: see events',
  ],
  ssh: ['sshd did not start', 'a firewall drops TCP 22'],
};

export function firstDarkRung(boot: Pick<BootRecord, 'signs'>): SignOfLife | undefined {
  const highest = signsOfLife.findLastIndex((sign) => boot.signs[sign] !== undefined);
  // Firmware that brings its own iPXE asks for no boot file: a rung below a lit one was passed, however it looked.
  return signsOfLife[highest + 1];
}

export function lastSign(boot: Pick<BootRecord, 'signs'>): { sign: SignOfLife; at: string } | undefined {
  const sign = signsOfLife.findLast((candidate) => boot.signs[candidate] !== undefined);
  return sign && { sign, at: boot.signs[sign] as string };
}
