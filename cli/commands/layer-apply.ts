import { type CommandSpec, texts } from '../command.ts';
import { usageError } from '../command-error.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { layerParameters } from '../layer-parameters.ts';

export const command: CommandSpec = {
  description:
    'Lay a system on deployed machines, and use it as its users would. What is done already is left alone.',
  flags: [
    { flags: '--param <key=value>', description: 'parameter of the layer', repeats: true },
    ...writerFlags,
  ],
  examples: [
    'rackwright layer apply nginx r1-u1',
    'rackwright layer apply nginx r1-u1 r1-u2 --param port=8080',
  ],
  async run({ args, options, session }) {
    const [layer = '', ...names] = args;
    const given = layerParameters(texts(options, 'param'), layer);
    if ([...given.keys()].some((name) => name !== layer)) throw usageError(`--param must be of ${layer}`);
    const parameters = given.get(layer) ?? {};
    return carryOut(session, names, options, {
      verb: `apply ${layer}`,
      isDestructive: false,
      foresee: async ({ name, deployment, layers }) => ({
        machine: name,
        lines: [
          `lays ${layer} on ${deployment ? `${deployment.image} at ${deployment.address}` : 'it once it is deployed'}`,
          ...layers
            .filter((old) => old.name === layer)
            .map((old) => `has ${old.name} ${old.version} already`),
        ],
      }),
      ask: ({ id }) => session.api.send('POST', machinePath(id, '/layers'), { layer, parameters }),
    });
  },
};
