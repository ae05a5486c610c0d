import type { ContainerMachine } from './types.ts';

export interface RootFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** What makes a copy of the base this machine. There is no gateway and no DNS: a rack has no way out. */
export function machineFiles(
  machine: Pick<ContainerMachine, 'name' | 'address' | 'hostKeys'>,
  hostPrivateKey: string,
): readonly RootFile[] {
  const { name, address, hostKeys } = machine;
  const interfaces = `auto lo\niface lo inet loopback\n\nauto host0\niface host0 inet static\n  address ${address}/24\n`;
  const key = 'etc/ssh/ssh_host_ed25519_key';
  return [
    { path: 'etc/hostname', text: `${name}\n`, mode: 0o644 },
    {
      path: 'etc/hosts',
      text: `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${address} ${name}\n`,
      mode: 0o644,
    },
    { path: 'etc/network/interfaces', text: interfaces, mode: 0o644 },
    { path: key, text: hostPrivateKey, mode: 0o600 },
    { path: `${key}.pub`, text: `${hostKeys.join('\n')}\n`, mode: 0o644 },
  ];
}
