import type { Secret } from '../model/index.ts';
import { type Ipv4, type Mac, parseIpv4, parseMac } from '../net/index.ts';

/**
 * The BMC as the machine itself sees it, through its own interface (KCS), where no login is asked for. These are words
 * of a command and what goes to its standard input; whoever has a connection runs them: `host.run(shell\`${words}\`)`.
 */
export interface InBandCommand {
  readonly words: readonly string[];
  readonly input?: string;
}

export interface InBandBmc {
  readonly channel: number;
  readonly address: Ipv4;
  readonly mac: Mac | undefined;
  readonly firmware: string;
  /** What it offers of what we use, best first. Never 0: that one lets anybody in (CVE-2013-4782). */
  readonly cipherSuites: readonly (3 | 17)[];
  /** It says itself that it offers suite 0. */
  readonly offersCipherZero: boolean;
  readonly users: readonly BmcUser[];
}

export interface BmcUser {
  readonly id: number;
  readonly name: string;
}

export const bmcUsername = 'rackwright';
/** IPMI 2.0, section 22.30: 20 bytes, or 16 where the BMC knows no more; which, only trying tells. Best first. */
export const bmcPasswordLengths = [20, 16] as const;

/** Finds the first LAN channel with an address (IPMI 2.0, table 6-1: 1 to 11 and 15 may be one). */
const discoverScript = `
modprobe -a ipmi_si ipmi_devintf 2>/dev/null
tries=0
until [ -c /dev/ipmi0 ] || [ -c /dev/ipmi/0 ] || [ -c /dev/ipmidev/0 ]; do
  tries=$((tries + 1))
  [ $tries -lt 5 ] || exit 0
  sleep 1
done
for channel in 1 2 3 4 5 6 7 8 9 10 11 15; do
  # Some BMCs end this with an error after they told all that matters.
  lan=$(ipmitool lan print $channel 2>/dev/null)
  printf '%s\\n' "$lan" | grep -Eq '^IP Address +: *[1-9]' || continue
  echo "== channel $channel"
  printf '%s\\n' "$lan"
  echo "== mc"
  ipmitool mc info 2>/dev/null
  echo "== users"
  ipmitool user list $channel 2>/dev/null
  echo "== end"
  exit 0
done
`;

export function discoverBmc(): InBandCommand {
  return { words: ['sh', '-c', discoverScript] };
}

/** Undefined: there is no BMC, or none with an address on a LAN. */
export function parseInBandBmc(text: string): InBandBmc | undefined {
  const [, channel, lan = '', mc = '', users = ''] =
    /^== channel (\d+)\n([^]*?)^== mc\n([^]*?)^== users\n([^]*?)^== end$/m.exec(text) ?? [];
  const address = parseIpv4(field(lan, 'IP Address') ?? '');
  if (channel === undefined || !address || address === '0.0.0.0') return undefined;
  return {
    channel: Number(channel),
    address,
    mac: parseMac(field(lan, 'MAC Address') ?? ''),
    firmware: (field(mc, 'Firmware Revision') ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 64),
    ...parseCipherSuites(lan),
    users: parseUsers(users),
  };
}

/** Suites with their highest privilege, "X" for none; a BMC that does not say may have either. */
function parseCipherSuites(lan: string): Pick<InBandBmc, 'cipherSuites' | 'offersCipherZero'> {
  const listed = field(lan, 'RMCP+ Cipher Suites')?.match(/\d+/g)?.map(Number);
  if (!listed) return { cipherSuites: [17, 3], offersCipherZero: false };
  const privileges = field(lan, 'Cipher Suite Priv Max') ?? '';
  const usable = listed.filter((_, index) => privileges[index] !== 'X');
  return {
    cipherSuites: ([17, 3] as const).filter((suite) => usable.includes(suite)),
    offersCipherZero: usable.includes(0),
  };
}

/** `ID  Name  Callin  Link Auth  IPMI Msg  Channel Priv Limit`; a name may be absent or hold blanks. */
function parseUsers(text: string): readonly BmcUser[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d{1,2})\s+(.*?)\s*(?:true|false)\s+(?:true|false)\s+(?:true|false)\s/.exec(line);
    const name = (match?.[2] ?? '').trim();
    // Supermicro and HPE write the absence of a name as "(Empty User)".
    return match ? [{ id: Number(match[1]), name: /^\(empty/i.test(name) ? '' : name }] : [];
  });
}

/** Ours if it is there, otherwise the first that nobody has. User 1 is the anonymous one (IPMI 2.0, section 6.9.1). */
export function userSlot(users: readonly BmcUser[]): number | undefined {
  const ours = users.find((user) => user.name === bmcUsername);
  return (ours ?? users.find((user) => user.id >= 2 && user.name === ''))?.id;
}

/**
 * Makes our user: operator, which is enough for power and boot device. `ipmitool exec` reads its commands from a
 * file, here a pipe (a socket, which sshd may give, cannot be opened by name), so that the password is in no argument
 * on the machine either.
 */
export function makeBmcUser(bmc: InBandBmc, id: number, password: Secret): InBandCommand {
  const revealed = password.reveal();
  // The words of a command file are cut at blanks and quotes.
  if (!/^[A-Za-z0-9_-]{1,20}$/.test(revealed)) throw new RangeError('not a password of ours');
  const commands = [
    `user set name ${id} ${bmcUsername}`,
    `user set password ${id} ${revealed} ${revealed.length > 16 ? 20 : 16}`,
    `channel setaccess ${bmc.channel} ${id} link=on ipmi=on callin=on privilege=3`,
    `user enable ${id}`,
  ];
  return { words: ['sh', '-c', 'cat | ipmitool exec /dev/stdin'], input: `${commands.join('\n')}\n` };
}

function field(text: string, name: string): string | undefined {
  const line = text
    .split('\n')
    .find((candidate) => candidate.startsWith(name) && /^ *:/.test(candidate.slice(name.length)));
  return line?.slice(line.indexOf(':') + 1).trim();
}
