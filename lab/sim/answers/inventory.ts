import { controlCharacters, lies } from '../faults/lies.ts';
import type { SimDisk } from '../disk.ts';
import type { Answer, Answering } from './answer.ts';

const MARK = '@@rackwright ';

/** What the commissioning scripts print of this machine: each section that the script names, known or empty. */
export const inventoryAnswers: readonly Answer[] = [
  {
    name: 'read the hardware',
    matches: /^section system$/m,
    reply: (on, { script }) => ({ stdout: collected(on, script) }),
  },
  {
    name: 'listen for neighbours',
    matches: /@@rackwright .*neighbours/,
    reply: ({ hardware }) => ({
      stdout: `\n${MARK}neighbours\n${neighbours(hardware.name)}\n\n${MARK}end\n`,
    }),
  },
  {
    name: 'find the BMC',
    // No IPMI from inside: the simulated BMC speaks Redfish, over the network.
    matches: /ipmitool lan print|\/dev\/ipmi0/,
    reply: () => ({}),
  },
];

function collected(on: Answering, script: string): string {
  const named = [...script.matchAll(/^section ([\w-]+)$/gm)].map(([, name]) => name as string);
  const said = named.map((name) => `\n${MARK}${name}\n${sections[name]?.(on) ?? ''}`).join('');
  if (lies(on.faults, 'cut-off')) return said.slice(0, said.length / 2);
  if (lies(on.faults, 'huge-output')) return said + 'x'.repeat(24 * 1024 ** 2);
  return said;
}

const sections: Readonly<Record<string, (on: Answering) => string>> = {
  system: ({ hardware, faults }) => {
    const odd = lies(faults, 'control-characters') ? controlCharacters : '';
    return lines(
      'machine=x86_64',
      `mode=${hardware.firmware}`,
      `sys_vendor=${hardware.vendor}${odd}`,
      `product_name=${hardware.product}${odd}`,
      `product_serial=${hardware.serial}`,
      `product_uuid=${hardware.uuid}`,
      'bios_vendor=Simulated Firmware',
      'bios_version=1.0.0',
      'bios_date=01/01/2026',
    );
  },
  cpu: ({ hardware: { cpu } }) => {
    const threads = Array.from({ length: cpu.sockets * cpu.coresEach * 2 }, (_, index) => index);
    return lines(
      ...threads.flatMap((thread) => [
        `processor\t: ${thread}`,
        `model name\t: ${cpu.model}`,
        `physical id\t: ${thread % cpu.sockets}`,
        `core id\t\t: ${Math.floor(thread / cpu.sockets / 2)}`,
      ]),
    );
  },
  memory: ({ hardware }) => lines(`total=${hardware.memoryGiB * 1024 * 1024 - 300_000} kB`),
  'memory-modules': ({ hardware }) =>
    [0, 1]
      .map((slot) =>
        lines(
          'Memory Device',
          `\tSize: ${hardware.memoryGiB / 2} GB`,
          `\tLocator: DIMM_${slot}`,
          '\tType: DDR5',
          '\tSpeed: 4800 MT/s',
        ),
      )
      .join('\n'),
  disks: ({ disks, faults }) => {
    const listing = lsblkListing(disks, faults);
    return lies(faults, 'broken-json') ? listing.slice(0, -7) : `${listing}\n`;
  },
  nics: ({ hardware }) =>
    lines(...hardware.macs.map((mac, card) => [`eno${card + 1}`, mac, '1', '25000', 'simnic'].join('\t'))),
};

/** lsblk(8), as JSON. */
export function lsblkListing(disks: readonly SimDisk[], faults: Answering['faults']): string {
  return JSON.stringify({ blockdevices: disks.map((disk) => blockDevice(disk, faults)) });
}

function blockDevice(disk: SimDisk, faults: Answering['faults']): object {
  return {
    name: disk.name,
    serial: disk.serial,
    wwn: disk.wwn,
    model: lies(faults, 'control-characters') ? `${disk.model}${controlCharacters}` : disk.model,
    size: disk.size,
    rota: disk.rotational,
    ro: false,
    rm: false,
    tran: disk.rotational ? 'sas' : 'nvme',
    type: 'disk',
    fstype: null,
    label: null,
    partlabel: null,
    mountpoint: null,
    ...(disk.image && {
      children: [
        {
          name: `${disk.name}${disk.rotational ? '' : 'p'}2`,
          size: disk.size,
          type: 'part',
          fstype: 'ext4',
          label: 'root',
          mountpoint: null,
        },
      ],
    }),
  };
}

/** lldpcli(8), format json0. */
function neighbours(machine: string): string {
  const port = [{ id: [{ value: machine }], descr: [{ value: `port of ${machine}` }] }];
  const chassis = [{ name: [{ value: 'sw1' }], descr: [{ value: 'simulated switch' }] }];
  return JSON.stringify({ lldp: [{ interface: [{ name: 'eno1', chassis, port }] }] });
}

function lines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}
