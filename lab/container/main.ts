import { readFile } from 'node:fs/promises';
import { labDirectory } from '../default-rack.ts';
import { containersDown, containersUp } from './index.ts';
import { tokenFile } from './service.ts';

/** For people who try a layer by hand: main.ts up NAME COUNT KEYFILE.pub | down NAME. */
const USAGE = 'usage: main.ts up NAME COUNT KEYFILE.pub | down NAME';
const [verb, name, count, keyFile] = process.argv.slice(2);
const directory = labDirectory();

if (verb === 'down' && name !== undefined) {
  await containersDown(name, directory);
} else if (verb === 'up' && name !== undefined && Number(count) > 0 && keyFile !== undefined) {
  const { powerToken: _secret, ...rack } = await containersUp({
    name,
    directory,
    machines: Array.from({ length: Number(count) }, (_, index) => ({ name: `m${index + 1}` })),
    authorizedKey: await readFile(keyFile, 'utf8'),
    report: (line) => console.error(line),
  });
  console.log(JSON.stringify({ ...rack, powerTokenFile: tokenFile(rack.directory) }, null, 2));
} else {
  throw new Error(USAGE);
}
