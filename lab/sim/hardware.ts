import { type Mac, macFromBytes } from '../../net/index.ts';
import { createRandom } from './random.ts';

/** What a simulated machine is made of. All of it follows from the seed of the fleet and the number of the machine. */
export interface Hardware {
  readonly name: string;
  readonly uuid: string;
  readonly serial: string;
  readonly vendor: string;
  readonly product: string;
  readonly firmware: 'bios' | 'uefi';
  /** What the network card's ROM speaks: iPXE by itself, plain PXE that fetches iPXE by TFTP, or UEFI HTTP Boot. */
  readonly rom: 'ipxe' | 'pxe' | 'http';
  /** The first one boots. */
  readonly macs: readonly Mac[];
  readonly cpu: { readonly model: string; readonly sockets: number; readonly coresEach: number };
  readonly memoryGiB: number;
  readonly disks: readonly DiskHardware[];
}

export interface DiskHardware {
  readonly name: string;
  readonly serial: string;
  readonly wwn: string;
  readonly model: string;
  readonly size: number;
  readonly rotational: boolean;
}

const GB = 1_000_000_000;
const products = [
  { vendor: 'Simulated Systems', product: 'R1', cpu: 'Simulated Gold 6430', sockets: 2, coresEach: 32 },
  { vendor: 'Simulated Systems', product: 'R2', cpu: 'Simulated 9354P', sockets: 1, coresEach: 32 },
  { vendor: 'Imaginary Computers', product: 'Blade 40', cpu: 'Imaginary 8176', sockets: 2, coresEach: 28 },
] as const;

export function makeHardware(seed: number, index: number): Hardware {
  const random = createRandom(seed * 65_537 + index);
  const made = random.pick(products);
  const firmware = random.pick(['bios', 'uefi', 'uefi'] as const);
  const mac = (card: number): Mac =>
    // 02: locally administered, one card (IEEE 802, figure 8-3).
    macFromBytes(Uint8Array.of(0x02, seed & 255, index >> 16, (index >> 8) & 255, index & 255, card));
  return {
    name: `sim-${String(index + 1).padStart(4, '0')}`,
    uuid: `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`,
    serial: `SIM${seed}X${String(index + 1).padStart(5, '0')}`,
    vendor: made.vendor,
    product: made.product,
    firmware,
    rom: random.pick(firmware === 'uefi' ? (['ipxe', 'pxe', 'http'] as const) : (['ipxe', 'pxe'] as const)),
    macs: [mac(0), mac(1)],
    cpu: { model: made.cpu, sockets: made.sockets, coresEach: made.coresEach },
    memoryGiB: random.pick([64, 128, 256]),
    disks: [
      makeDisk(`${seed}${index}A`, 'nvme0n1', 'SimFlash 960', 960 * GB, false, random.hex(12)),
      makeDisk(`${seed}${index}B`, 'sda', 'SimSpin 8T', 8_000 * GB, true, random.hex(12)),
      makeDisk(`${seed}${index}C`, 'sdb', 'SimSpin 8T', 8_000 * GB, true, random.hex(12)),
    ],
  };
}

export function makeDisk(
  serial: string,
  name: string,
  model: string,
  size: number,
  rotational: boolean,
  wwn: string,
): DiskHardware {
  return { name, serial: `D${serial}`, wwn: `0x5000${wwn}`, model, size: size - (size % 4096), rotational };
}
