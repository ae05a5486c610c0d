import { join } from 'node:path';
import { defaultMachines } from './default-rack.ts';
import { buildStream, down, loadRack, powerOn, status, up } from './index.ts';

/** For people who work on the lab itself: main.ts DIRECTORY build|up|down|status|power-on [MACHINE]. */
const [directory, verb, machine] = process.argv.slice(2);
if (directory === undefined)
  throw new Error('usage: main.ts DIRECTORY build|up|down|status|power-on [MACHINE]');
const name = 'lab';
const report = (line: string) => console.log(line);

const machines = defaultMachines();

switch (verb) {
  case 'build':
    console.log(await buildStream({ directory: join(directory, 'stream'), report }));
    break;
  case 'up':
    console.log(JSON.stringify(await up({ name, directory, machines, report }), null, 2));
    break;
  case 'down':
    await down(name, directory);
    break;
  case 'status':
    console.log(JSON.stringify(await status(name, directory), null, 2));
    break;
  case 'power-on': {
    const rack = await loadRack(name, directory);
    if (rack === undefined || machine === undefined)
      throw new Error('there is no rack, or no MACHINE was named');
    await powerOn(rack, machine);
    break;
  }
  default:
    throw new Error(`no such verb: ${verb ?? ''}`);
}
