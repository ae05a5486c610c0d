import { performance } from 'node:perf_hooks';
import { down, firmwareStarts, powerOn, up } from '../lab/index.ts';
import { defaultMachines, labDirectory } from '../lab/default-rack.ts';
import { LAB_PACKAGES } from '../lab/packages.ts';
import { startService } from '../lab/service.ts';
import {
  awaitEnlisted,
  bootOf,
  operationsOf,
  operator,
  powerOnToHello,
  prepare,
  stepTimes,
} from '../lab/story.ts';
import type { MachineRecord } from '../model/index.ts';
import { temporalBinary } from '../worker/temporal-binary.ts';
import { asRoot } from './as-root.ts';
import { cacheDirectory } from './cache.ts';
import { installPackages } from './packages.ts';

/**
 * The main job on the virtual rack: two machines go from powered off and unknown to an installed system that serves a
 * page. Everything after the rack stands is what a person would type.
 */
const IMAGE = 'debian/12';
const started = performance.now();
const say = (line: string): void => console.log(line);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

async function main(): Promise<void> {
  await asRoot('The virtual rack');
  say('Rackwright: from unknown and powered off to deployed and serving, on a virtual rack\n');
  await installPackages(LAB_PACKAGES, say);
  await temporalBinary(cacheDirectory(), say);

  const directory = labDirectory();
  await down('demo', directory);
  const rack = await up({ name: 'demo', directory, machines: defaultMachines(), report: say });
  say(
    `\nSet-up took ${seconds(started)}. Processors are ${rack.accelerator === 'kvm' ? 'real (KVM)' : 'emulated: no usable KVM here, so everything on the machines is slow'}.\n`,
  );

  const job = performance.now();
  const service = await startService(rack);
  const person = operator(service);
  await prepare(rack, person, IMAGE);

  say('\nA technician presses both power buttons. Nobody knows these machines yet.');
  for (const { name } of rack.machines) await powerOn(rack, name);
  const names = rack.machines.map(({ name }) => name);
  await awaitEnlisted(rack, person, 15 * 60_000);
  await person.show('machine', 'list');
  await person.show('machine', 'commission', ...names, '--yes');
  await person.show('machine', 'deploy', ...names, '--image', IMAGE, '--layer', 'nginx', '--yes');
  const took = seconds(job);

  say(`\nDone in ${took}, from the first power button to two pages served.\n`);
  for (const machine of rack.machines) {
    const { name, firmware } = machine;
    const record = await person.read<MachineRecord>('machine', 'show', name);
    const operations = await operationsOf(person, name);
    const boot = await bootOf(person, name);
    say(`${name} (${firmware}): ${record.state} at http://${record.deployment?.address}/`);
    say(
      `  power-on to hello ${(await powerOnToHello(machine, boot)).toFixed(0)} s, firmware starts ${firmwareStarts(machine)}`,
    );
    for (const { step, seconds: spent } of stepTimes(operations))
      say(`  ${spent.toFixed(1).padStart(6)} s  ${step}`);
    const page = await fetch(`http://${record.deployment?.address}/`, {
      signal: AbortSignal.timeout(30_000),
    });
    say(`  the page: HTTP ${page.status}, ${(await page.text()).match(/<title>([^<]*)/)?.[1] ?? ''}\n`);
  }
  say('What to try next:');
  say(`  export RW_DATA_DIR=${service.dataDirectory} PATH=$PATH:$PWD/cli`);
  say('  rackwright machine show r1-u1      rackwright machine why r1-u2      rackwright machine ssh r1-u1');
  say('  rackwright machine release r1-u1   rackwright doctor                 rackwright --help');
  say('The rack goes on running. Take it away: rackwright lab down');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
