import { join } from 'node:path';
import { startDhcpServer } from '../../boot/dhcp/index.ts';
import { type BootHttpOptions, localGrubConfiguration, serveBootHttp } from '../../boot/http/index.ts';
import type { BootDirectory } from '../../boot/index.ts';
import { startTftpServer } from '../../boot/tftp/index.ts';
import type { Ipv4, Mac } from '../../net/index.ts';
import type { Store } from '../../store/index.ts';
import { bootFiles } from './boot-files.ts';

export interface RackOptions {
  /** Our address in the rack's network. Nothing of this listens anywhere else. */
  readonly address: Ipv4;
  readonly httpPort: number;
  readonly directory: BootDirectory;
  readonly store: Store;
  readonly journalPath: string;
  readonly contentDirectory: string;
  readonly sshKey: string;
  readonly onHello: BootHttpOptions['onHello'];
  readonly log: (event: Readonly<Record<string, unknown>>) => void;
}

/** The services that a machine meets at power-on: DHCP, TFTP and HTTP on one address. */
export async function startRack(options: RackOptions): Promise<{ stop(): Promise<void> }> {
  const { address, directory, store } = options;
  const pathOf = (sha256: string): string => join(options.contentDirectory, 'sha256', sha256);
  const mine = () => directory.subnets().filter(({ serverAddress }) => serverAddress === address);

  const dhcp = await startDhcpServer({
    subnets: mine(),
    address,
    httpPort: options.httpPort,
    journalPath: options.journalPath,
    policy: (mac) => directory.known(mac, new Date()),
    isDeclared: (mac) => directory.isDeclared(mac),
    onEvent: (event) => {
      options.log({ ...event });
      if (event.kind !== 'dhcp') return;
      // Whose offers are lost on their way was seen all the same: it began to boot.
      if (event.message === 'offered') lightDhcp(directory, event.mac);
      if (event.message === 'acknowledged') lightDhcp(directory, event.mac, event.address);
    },
  });
  const leaseOf = (mac: Mac): Ipv4 | undefined => dhcp.leaseOf(mac)?.address;

  const tftp = await startTftpServer({
    address,
    lookup: bootFiles(directory, pathOf, localGrubConfiguration()),
    onEvent: (event) => {
      options.log({ ...event });
      if (event.kind === 'tftp' && event.outcome === 'completed') lightBootFile(directory, event.client);
    },
  });

  const http = await serveBootHttp({
    address,
    port: options.httpPort,
    directory,
    leaseOf,
    pathOf,
    sshKey: options.sshKey,
    keepToken: (bootId, tokenHash) => store.boots.bind(bootId, { tokenHash }),
    onHello: options.onHello,
    onEvent: (event) => options.log({ ...event }),
  });

  // New and changed subnets are served without a restart; a lease is never lost by it.
  const following = setInterval(() => dhcp.serve(mine()), 1_000);
  return {
    async stop() {
      clearInterval(following);
      await Promise.all([dhcp.close(), tftp.close(), http.close()]);
    },
  };
}

function lightDhcp(directory: BootDirectory, mac: Mac, address?: Ipv4): void {
  const now = new Date();
  const known = directory.known(mac, now);
  if (known?.kind !== 'network') return;
  if (address) directory.bindAddress(known.boot, address);
  directory.sign(known.boot, 'dhcp', now);
}

function lightBootFile(directory: BootDirectory, client: Ipv4): void {
  const now = new Date();
  const boot = directory.bootAt(client, now);
  if (boot) directory.sign(boot, 'boot-file', now);
}
