import type { BootImage, ImageFileKind, Subnet } from '../../model/index.ts';
import { type Ipv4, type Mac, macWithHyphens } from '../../net/index.ts';
import { ephemeralCommandLine } from './command-line.ts';
import { localScript, networkScript } from './ipxe.ts';
import type { BootHttpOptions } from './options.ts';

type ScriptOptions = Pick<BootHttpOptions, 'directory' | 'leaseOf' | 'address' | 'port'>;

/**
 * What the machine with this card does next. Nothing for a card that does not hold the lease from which it asks: a
 * machine learns only its own orders (docs/security.md, rule 1).
 */
export function bootScript(options: ScriptOptions, mac: Mac, client: Ipv4): string | undefined {
  const { directory } = options;
  const now = new Date();
  const subnet = directory.subnetOf(client);
  if (!subnet || options.leaseOf(mac) !== client) return undefined;
  const policy = directory.next(mac, subnet, now);
  if (policy.kind === 'none') return undefined;
  if (policy.kind === 'local') return localScript(options.address);

  const { boot } = policy;
  const image = directory.image(boot.image, 'amd64');
  if (!image) return undefined;
  directory.bindAddress(boot, client);
  directory.sign(boot, 'dhcp', now);
  directory.sign(boot, 'script', now);
  return networkScript(networkStart(options, subnet, image, { mac, address: client, bootId: boot.id }));
}

function networkStart(
  { address: server, port }: ScriptOptions,
  subnet: Subnet,
  image: BootImage,
  machine: { readonly mac: Mac; readonly address: Ipv4; readonly bootId: string },
) {
  const base = `http://${server}:${port}`;
  const artefact = (kind: ImageFileKind): string => `${base}/artefacts/${image.files[kind].sha256}`;
  return {
    kernelUrl: artefact('boot-kernel'),
    initrdUrl: artefact('boot-initrd'),
    scriptUrl: `${base}/boot/${macWithHyphens(machine.mac)}.ipxe`,
    kernelArguments: ephemeralCommandLine({
      image,
      subnet,
      address: machine.address,
      mac: machine.mac,
      squashfsUrl: artefact('squashfs'),
      seedUrl: `${base}/seed/${machine.bootId}/`,
    }),
  };
}
