import { readFile } from 'node:fs/promises';
import { type CommandSpec, isSet, type Options, text, texts } from '../command.ts';
import { usageError } from '../command-error.ts';
import { carryOut, showForesight } from '../errand.ts';
import { exitStatus } from '../exit-status.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { layerParameters } from '../layer-parameters.ts';
import { layerPlaces, type NamedPlace } from '../layer-places.ts';
import { awaitLaying } from '../laying.ts';
import type { Session } from '../session.ts';

export const command: CommandSpec = {
  description:
    'Lay a system, and what it requires, on deployed machines, and use it as its users would. What is done already is left alone. With roles, or with --limit, one after the other as they have to be.',
  flags: [
    { flags: '--param <key=value>', description: 'parameter of the layer', repeats: true },
    { flags: '--secret-file <name=file>', description: 'what only you know, from a file', repeats: true },
    { flags: '--limit <count>', description: 'so many machines side by side' },
    { flags: '--plan-digest <digest>', description: 'lay what this plan says and nothing else' },
    ...writerFlags,
  ],
  examples: [
    'rackwright layer apply nginx r1-u1',
    'rackwright layer apply nginx r1-u1 --plan',
    'rackwright layer apply nginx r1-u1 r1-u2 --param port=8080',
    'rackwright layer apply docker r1-u1 r1-u2 r1-u3 --limit 2',
    'rackwright layer apply openstack controller=r1-u1 compute=r1-u2,r1-u3 --param emulation=true',
    'rackwright layer apply landscape r1-u1 --param account=standalone --secret-file registration-key=key.txt',
  ],
  async run({ args, options, session }) {
    const [layer = '', ...words] = args;
    const places = layerPlaces(words);
    const parameters = parametersOf(layer, options);
    const secrets = await secretsOf(options);
    const limit = limitOf(options);
    const planDigest = text(options, 'planDigest');
    if (planDigest !== undefined && places.length > 1)
      throw usageError('--plan-digest is of one machine; name only that one');
    const hasRoles = places.some(({ role }) => role !== undefined);
    const order = { layer, parameters, places, secrets, ...(limit !== undefined && { limit }) };
    if (hasRoles || limit !== undefined) return layOnMany(session, options, order);
    return carryOut(
      session,
      places.map(({ machine }) => machine),
      options,
      {
        verb: `apply ${layer}`,
        isDestructive: false,
        foresee: ({ id, name }) => foresee(session, name, id, { layer, parameters }),
        ask: ({ id }) =>
          session.api.send('POST', machinePath(id, '/layers'), {
            layer,
            parameters,
            ...(secrets && { secrets }),
            ...(planDigest !== undefined && { planDigest }),
          }),
      },
    );
  },
};

interface Order {
  readonly layer: string;
  readonly parameters: object;
  readonly places: readonly NamedPlace[];
  readonly secrets: object | undefined;
  readonly limit?: number;
}

async function layOnMany(session: Session, options: Options, order: Order): Promise<number> {
  const { layer, parameters, places, secrets, limit } = order;
  if (isSet(options, 'plan')) {
    const hasRoles = places.some(({ role }) => role !== undefined);
    const plans = await Promise.all(
      places.map(({ machine, role }) =>
        foresee(session, machine, machine, {
          layer,
          parameters,
          ...(hasRoles && { role, members: places }),
        }),
      ),
    );
    await showForesight(session, plans);
    return exitStatus.done;
  }
  const path = `/v1/layers/${encodeURIComponent(layer)}/lay`;
  const { id } = await session.api.send<{ id: string }>('POST', path, {
    machines: places,
    parameters,
    ...(secrets && { secrets }),
    ...(limit !== undefined && { limit }),
  });
  if (!isSet(options, 'detach')) return awaitLaying(session, id);
  session.say(`At work. Look: rackwright api GET /v1/layings/${id}`);
  return exitStatus.done;
}

async function foresee(session: Session, machine: string, ref: string, body: object) {
  const answer = await session.api.send<{ digest: string; lines: readonly string[] }>(
    'POST',
    machinePath(ref, '/layers/plan'),
    body,
  );
  return { machine, ...answer };
}

function parametersOf(layer: string, options: Options) {
  const given = layerParameters(texts(options, 'param'), layer);
  if ([...given.keys()].some((name) => name !== layer)) throw usageError(`--param must be of ${layer}`);
  return given.get(layer) ?? {};
}

async function secretsOf(options: Options): Promise<Readonly<Record<string, string>> | undefined> {
  const given = texts(options, 'secretFile');
  if (given.length === 0) return undefined;
  const pairs = given.map(async (word) => {
    const [name = '', file] = word.split(/=(.*)/s);
    if (!/^[a-z][a-z0-9-]*$/.test(name) || !file)
      throw usageError(`--secret-file ${word} is no NAME=FILE`, 'Write it like registration-key=key.txt.');
    const value = await readFile(file, 'utf8').catch(() => {
      throw usageError(`--secret-file ${file} cannot be read`);
    });
    return [name, value.replace(/\r?\n$/, '')] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

function limitOf(options: Options): number | undefined {
  const given = text(options, 'limit');
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,2}$/.test(given)) return Number(given);
  throw usageError(`--limit ${given} is no number of machines`);
}
