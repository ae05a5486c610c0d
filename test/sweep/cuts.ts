import { execa } from 'execa';
import { bmcNetwork, network, relay, server } from '../../lab/sim/run/addresses.ts';
import type { Cut } from './victims.ts';

const refused = ['-j', 'REJECT', '--reject-with', 'tcp-reset'] as const;
const dropped = ['-j', 'DROP'] as const;

/**
 * Rules of the namespace's firewall (iptables(8)) that cut one kind of connection, those that stand already as well.
 * @param isSilent whether what is cut answers nothing, or refuses
 */
function rulesOf(cut: Cut, isSilent: boolean): readonly (readonly string[])[] {
  const end = isSilent ? dropped : refused;
  switch (cut) {
    case 'bmc':
      return [['-p', 'tcp', '-d', bmcNetwork, '--dport', '80', ...end]];
    case 'ssh':
      return [
        ['-p', 'tcp', '-d', network, '--dport', '22', ...end],
        ['-p', 'tcp', '-s', network, '--sport', '22', ...end],
      ];
    case 'dhcp':
      // What the server says is lost on its way to the relay.
      return [['-p', 'udp', '-s', server, '-d', relay, '--dport', '67', ...dropped]];
  }
}

/** @returns what heals it */
export async function cutOff(cut: Cut, isSilent: boolean): Promise<() => Promise<void>> {
  const rules = rulesOf(cut, isSilent);
  for (const rule of rules) await execa('iptables', ['-w', '-I', 'INPUT', ...rule]);
  return async () => {
    for (const rule of rules) await execa('iptables', ['-w', '-D', 'INPUT', ...rule]);
  };
}
