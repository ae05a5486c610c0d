import { type Ipv4, parseIpv4 } from '../../../net/index.ts';
import { generateKeyPair } from '../../../remote/index.ts';
import { publicKeys } from '../boot/seed.ts';
import { type SimDisk, wipe } from '../disk.ts';
import type { EffectKind } from '../journal.ts';
import type { Answer, Answering, Reply } from './answer.ts';
import { AUTHORIZED_KEYS, NEXT_ADDRESS } from '../system.ts';
import { DISKS, disksOf, INTENT, LOADED, refusal } from './guards.ts';

interface Doing {
  readonly on: Answering;
  readonly script: string;
  readonly disks: readonly SimDisk[];
  readonly intent: string | undefined;
  /** Adds a line to the log of the job. */
  readonly say: (line: string) => void;
}

/** What a script does, known by the programs that it calls, in the order in which a script would. */
interface Deed {
  readonly matches: RegExp;
  readonly effect?: EffectKind;
  /** Default: once for each disk of the script. */
  readonly once?: true;
  readonly does?: (doing: Doing) => void;
}

const deeds: readonly Deed[] = [
  {
    matches: />\/run\/rackwright\/install\/intent$/m,
    effect: 'took-intent',
    once: true,
    does: ({ on, script }) => {
      const taken = /(\S+) >\/run\/rackwright\/install\/intent$/m.exec(script)?.[1] ?? '';
      on.system.files.set(INTENT, taken);
    },
  },
  {
    matches: />\/run\/rackwright\/install\/disks?\b/,
    does: ({ on, disks }) => on.system.files.set(DISKS, disks.map(({ serial }) => serial).join(' ')),
  },
  {
    matches: /^\s*sgdisk /m,
    effect: 'wrote-partition-table',
    does: ({ disks, intent }) => {
      for (const disk of disks) {
        wipe(disk);
        disk.erased = false;
        disk.table = intent ?? '';
      }
    },
  },
  { matches: /mdadm (?:\S+ )*--create/, effect: 'made-arrays', once: true },
  { matches: /\b(?:vgcreate|lvcreate|zpool create)\b/, effect: 'made-volumes', once: true },
  {
    matches: /\bmkfs\.(?:ext4|vfat|xfs|btrfs)\b/,
    effect: 'made-file-systems',
    does: ({ disks }) => {
      for (const disk of disks) disk.fileSystems = true;
    },
  },
  {
    matches: /\bunsquashfs\b/,
    effect: 'wrote-image',
    does: ({ disks, say }) => {
      for (const disk of disks) disk.image = true;
      say('100 % of 20000 files');
    },
  },
  {
    matches: /\bssh-keygen .*ssh_host_ed25519_key/,
    effect: 'configured',
    does: ({ disks, script, say }) => {
      const hostKey = generateKeyPair('');
      const address = plannedAddress(script);
      const hostname = /netplan|hostname/.test(script) ? 'simulated' : '';
      for (const disk of disks)
        if (address) disk.system = { address, hostKey, keys: publicKeys(script), hostname };
      say(`host-key: ${hostKey.publicKey}`);
    },
  },
  {
    matches: />\/run\/rackwright\/install\/kernel$/m,
    effect: 'made-bootable',
    does: ({ disks, say }) => {
      for (const disk of disks) disk.bootable = true;
      say('kernel 6.1.0-sim');
    },
  },
  { matches: /kexec -s -l/, does: ({ on }) => on.system.files.set(LOADED, 'loaded') },
  { matches: /^say 'installed'$/m, does: ({ say }) => say('installed') },
];

export const installAnswers: readonly Answer[] = [
  {
    name: 'leave the memory system',
    matches: /(?:kexec -e|systemctl reboot --force)[^]*\nsystemd-run /,
    reply: ({ system }, { script }) =>
      /kexec -e/.test(script) && system.files.has(LOADED) ? { goes: 'installed' } : { goes: 'restart' },
  },
  {
    name: 'become what was asked for',
    matches: /this system does not run from memory'/,
    reply: ({ system }, { script }) => {
      const address = plannedAddress(script);
      if (address) system.files.set(NEXT_ADDRESS, address);
      const keys = publicKeys(script);
      if (keys.length > 0) system.files.set(AUTHORIZED_KEYS, `${keys.join('\n')}\n`);
      return { stdout: `host-key: ${system.hostKey.publicKey}\n` };
    },
  },
  {
    name: 'take the address',
    matches: /networkctl reconfigure/,
    reply: () => ({ goes: 'new-address' }),
  },
  {
    name: 'install',
    matches: /^state=\/run\/rackwright\/install /m,
    reply: (on, { script }) => perform(on, script),
  },
];

function perform(on: Answering, script: string): Reply {
  const refused = refusal(on, script);
  if (refused) return { stdout: `${refused.why}\n`, exitCode: refused.exitCode };
  const log: string[] = [];
  const doing = { on, script, disks: disksOf(on, script), say: (line: string) => log.push(line) };
  for (const { matches, effect, once, does } of deeds) {
    if (!matches.test(script)) continue;
    const intent = on.system.files.get(INTENT);
    does?.({ ...doing, intent });
    if (!effect) continue;
    const carrying = on.system.files.get(INTENT);
    const about = carrying === undefined ? {} : { intent: carrying };
    if (once) on.effect({ kind: effect, ...about });
    else for (const { serial } of doing.disks) on.effect({ kind: effect, disk: serial, ...about });
  }
  return { stdout: log.map((line) => `${line}\n`).join('') };
}

/** The first address in prefix notation: netplan, ifupdown and hosts(5) all lead with the machine's own. */
function plannedAddress(script: string): Ipv4 | undefined {
  for (const [, address = ''] of script.matchAll(/\b(\d+\.\d+\.\d+\.\d+)\/\d+/g)) {
    if (!address.startsWith('127.')) return parseIpv4(address);
  }
  return undefined;
}
