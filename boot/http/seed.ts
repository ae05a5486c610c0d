import { lines, type Shell, shell } from '../../remote/shell.ts';

export interface Seed {
  readonly bootId: string;
  readonly helloUrl: string;
  /** The one secret that a seed holds. */
  readonly token: string;
  /** OpenSSH line of our own key. */
  readonly sshKey: string;
  /** The host key is told on the console, for as long as the system runs (docs/security.md, rule 10). */
  readonly isOnConsole?: boolean;
}

/** cloud-init's NoCloud documents. All four are always served: a missing one costs ten tries of a second each. */
export const seedDocuments = ['meta-data', 'user-data', 'vendor-data', 'network-config'] as const;
export type SeedDocument = (typeof seedDocuments)[number];

export function metaData(bootId: string): string {
  return `instance-id: ${bootId}\nlocal-hostname: rackwright\n`;
}

/**
 * User data in cloud-init's script form. Lets our key in, makes sure of a host key, and says hello: who the machine is,
 * and by which host key it will be known. Values go through curl's own encoder, the token through its standard input.
 */
export function userData(seed: Seed): string {
  return `#!/bin/sh\n${helloScript(seed).text}\n`;
}

function helloScript({ bootId, helloUrl, token, sshKey, isOnConsole }: Seed): Shell {
  return lines(
    shell`set -u`,
    shell`umask 077`,
    shell`mkdir -p /root/.ssh /run/sshd`,
    shell`printf '%s\n' ${sshKey} >>/root/.ssh/authorized_keys`,
    shell`[ -s /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key`,
    ...(isOnConsole ? [tellHostKey(bootId, '/etc/ssh/ssh_host_ed25519_key.pub', '/dev/console')] : []),
    shell`firmware=bios; [ -d /sys/firmware/efi ] && firmware=uefi`,
    shell`arch=amd64; [ "$(uname -m)" = aarch64 ] && arch=arm64`,
    shell`{
  printf 'data-urlencode = "%s"\n' ${`boot=${bootId}`} ${`token=${token}`} "firmware=$firmware" "arch=$arch"
  printf 'data-urlencode = "%s"\n' host-key@/etc/ssh/ssh_host_ed25519_key.pub
  for field in product_uuid product_serial sys_vendor product_name; do
    [ -r "/sys/class/dmi/id/$field" ] && printf 'data-urlencode = "%s"\n' "$field@/sys/class/dmi/id/$field"
  done
  for card in /sys/class/net/*; do
    [ -e "$card/device" ] && printf 'data-urlencode = "%s"\n' "mac@$card/address"
  done
  :
} | curl -sS --fail --noproxy '*' --retry 60 --retry-delay 2 --retry-connrefused --max-time 30 -o /dev/null -K - ${helloUrl}`,
    shell`result=$?`,
    shell`[ $result -eq 0 ] && word='said hello' || word="hello failed (curl $result)"`,
    shell`echo "Rackwright: $word" >/dev/console 2>/dev/null || :`,
    shell`exit $result`,
  );
}

/** On a line of its own, again and again: whoever reads the console may begin at any time. */
export function tellHostKey(bootId: string, keyFile: string, consoleFile: string): Shell {
  return shell`key=$(ssh-keygen -l -E sha256 -f ${keyFile}) && key=\${key#* } && key=\${key%% *}
(
  trap '' HUP
  while printf '\r\n%s\r\n' ${`Rackwright boot ${bootId} host key`}" $key"; do sleep 5; done
) </dev/null >${consoleFile} 2>/dev/null &`;
}
