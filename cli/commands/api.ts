import { readFile } from 'node:fs/promises';
import { type CommandSpec, text } from '../command.ts';
import { usageError } from '../command-error.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export const command: CommandSpec = {
  description:
    'Send one request to the service and print its answer as it comes. The token is added. All addresses: /openapi.json',
  flags: [{ flags: '--data <file>', description: 'JSON body' }],
  examples: [
    'rackwright api GET /v1/machines',
    'rackwright api GET /openapi.json',
    'rackwright api PUT /v1/subnets/rack1 --data subnet.json',
  ],
  async run({ args, options, session }) {
    const [method = '', path = ''] = args;
    if (!methods.includes(method.toUpperCase()))
      throw usageError(`${method} is none of ${methods.join(', ')}`);
    if (!/^\/[\x21-\x7e]*$/.test(path)) throw usageError(`${path} is no path: it begins with /`);
    const file = text(options, 'data');
    const body = file === undefined ? undefined : await readFile(file, 'utf8');
    session.around.stdout.write(`${await session.api.raw(method.toUpperCase(), path, body)}\n`);
    return 0;
  },
};
