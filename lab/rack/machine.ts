import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { MachineSpec, Rack, RackMachine } from '../types.ts';
import type { RackAddresses } from './addresses.ts';
import { BMC_COMMANDS, BMC_SENSORS, lanAnswers, lanConfig } from './bmc-config.ts';
import { ensureDisks } from './disks.ts';
import { findOvmf } from './firmware.ts';
import { fruImage } from './fru.ts';
import { tapName } from './network.ts';
import { once } from './once.ts';
import { qemuArguments } from './qemu.ts';

const HOOKS = ['chassis', 'lancontrol', 'start'];

/** Where a machine stands, before anything of it is there. */
export function placeMachine(
  spec: MachineSpec,
  index: number,
  rackDirectory: string,
  addresses: RackAddresses,
): RackMachine {
  const directory = join(rackDirectory, 'machines', spec.name);
  return {
    ...spec,
    bmc: {
      address: addresses.bmc(index),
      port: 623,
      username: 'admin',
      passwordFile: join(directory, 'bmc-password'),
    },
    directory,
    serialLog: join(directory, 'serial.log'),
    bmcLog: join(directory, 'bmc.log'),
  };
}

/** Disk, firmware variables and BMC state are made once; configuration is written anew each time. */
export async function ensureMachine(
  machine: RackMachine,
  index: number,
  accelerator: Rack['accelerator'],
  addresses: RackAddresses,
): Promise<void> {
  const { directory } = machine;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(directory, name);
  for (const hook of HOOKS) {
    await cp(fileURLToPath(new URL(`machine/${hook}`, import.meta.url)), file(hook));
    await chmod(file(hook), 0o755);
  }
  await wireMachine(machine, index, accelerator);
  if (machine.firmware === 'uefi') {
    const { vars } = await findOvmf();
    await once(file('vars.fd'), () => cp(vars, file('vars.fd')));
  }
  await ensureDisks(directory, machine.disks);
  await once(machine.bmcLog, () => writeFile(machine.bmcLog, ''));
  await ensureBmcFiles(machine, index, addresses);
}

/** What the machine is made of from its next start on. */
export async function wireMachine(
  machine: RackMachine,
  index: number,
  accelerator: Rack['accelerator'],
  pulled: ReadonlySet<number> = new Set(),
): Promise<void> {
  const ovmfCode = machine.firmware === 'uefi' ? (await findOvmf()).code : '';
  const taps = machine.macs.map((_, card) => tapName(index, card));
  const bmcAddress = machine.bmc.address;
  for (const first of ['network', 'disk'] as const) {
    const words = qemuArguments(machine, { taps, bmcAddress, accelerator, ovmfCode, first, pulled });
    await writeFile(join(machine.directory, `qemu.${first}-first`), `${words.join('\n')}\n`);
  }
}

async function ensureBmcFiles(machine: RackMachine, index: number, addresses: RackAddresses): Promise<void> {
  const file = (name: string) => join(machine.directory, name);
  const { passwordFile, address } = machine.bmc;
  await once(passwordFile, async () => {
    // IPMI 1.5 ends a password after 16 bytes.
    const password = randomBytes(8).toString('hex');
    await writeFile(passwordFile, password, { mode: 0o600 });
    const lan = lanConfig({ name: machine.name, address, password, uuid: machine.uuid });
    await writeFile(file('lan.conf'), lan, { mode: 0o600 });
  });
  await writeFile(file('bmc.emu'), BMC_COMMANDS);
  const plate = { maker: 'Rackwright', product: `Lab ${machine.firmware}`, serial: machine.serial };
  await writeFile(file('fru.bin'), fruImage(plate));
  for (const [key, value] of Object.entries(lanAnswers(address, bmcMac(index), addresses))) {
    await once(file(`lan.${key}`), () => writeFile(file(`lan.${key}`), `${value}\n`));
  }
  const sensors = file(`state/ipmi_sim/${machine.name}/sdr.20.main`);
  await once(sensors, async () => {
    await mkdir(join(sensors, '..'), { recursive: true });
    await writeFile(file('bmc.sdrs'), BMC_SENSORS);
    await execa('sdrcomp', ['-o', sensors, file('bmc.sdrs')]);
  });
}

/** ipmi_sim(1): -n without a console. Paths are relative so that no path has to be quoted for its popen(3). */
export const BMC_COMMAND: [string, ...string[]] = [
  'ipmi_sim',
  '-n',
  '-c',
  'lan.conf',
  '-f',
  'bmc.emu',
  '-s',
  'state',
];

function bmcMac(index: number): string {
  return `52:54:00:bc:00:${(index + 1).toString(16).padStart(2, '0')}`;
}
