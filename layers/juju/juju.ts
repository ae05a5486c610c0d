import { lines, type Shell, shell } from '../../remote/index.ts';
import { memoryDemand, reachDemand, roomDemand } from '../parts/demands.ts';
import type { Demand, Layer, LayerStep } from '../layer.ts';
import { knowHosts } from '../parts/known-hosts.ts';
import { isLoginOpen, openLogin } from '../parts/login-user.ts';
import { ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { keySeed, makeKey } from '../parts/shared-key.ts';
import { bundleDemands, deployBundle } from './bundle.ts';
import { chooseClient, clientDemands, hasClient, installClient } from './client.ts';
import { awaitController, bootstrap, defineCloud, noteWhatIsThere } from './controller.ts';
import { addMachines, addModel, hasMachines, demandModel } from './machines.ts';
import { type Context, type Parameters, parameters } from './parameters.ts';
import { KEY, loginOf } from './places.ts';
import { removal } from './remove.ts';
import { verifications } from './verify.ts';

export const juju: Layer<Parameters> = {
  name: 'juju',
  version: '1',
  summary: 'Juju: a controller, and machines of its own that it lays charms on.',
  parameters,
  systems: ['debian/12', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],
  roles: [
    { name: 'machine', does: 'takes what Juju is told to lay', min: 0 },
    {
      name: 'controller',
      does: 'runs the controller, and is where the client is',
      min: 1,
      max: 1,
      verifies: true,
    },
  ],
  secrets: [{ name: keySeed, does: "what the controller's SSH key is made of", from: 'generated' }],

  demands: (context) => [
    ...baseDemand(context),
    ...bundleDemands(context),
    ...(isController(context)
      ? [
          memoryDemand(3_072),
          roomDemand('/var/lib', 10_240),
          ...clientDemands(context),
          ...(context.parameters.mirror === undefined
            ? [reachDemand('https://api.charmhub.io/', context.packageProxy)]
            : []),
        ]
      : [memoryDemand(1_024), roomDemand('/var/lib', 2_048)]),
  ],

  check: (context) => {
    const packages = isInstalled(...packagesOf(context));
    if (!isController(context)) return shell`${packages} && { ${isLoginOpen(loginOf(context))}; }`;
    const client = chooseClient(context.system, context.parameters);
    return lines(
      shell`${packages} && { ${isLoginOpen(loginOf(context))}; } && ${hasClient(client)} || exit 1`,
      demandModel(context),
      hasMachines(context),
    );
  },

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    noteWhatIsThere(context),
    ownPackages('juju', packagesOf(context), context),
    ...openLogin(loginOf(context)),
    ...(isController(context) ? controller(context) : []),
  ],

  verify: verifications,
  remove: removal,
};

function isController({ role }: Context): boolean {
  return role === 'controller';
}

function controller(context: Context): readonly LayerStep[] {
  const client = chooseClient(context.system, context.parameters);
  return [
    ...installClient(context, client),
    makeKey('juju', KEY, 'controller'),
    knowHosts(
      'juju',
      context.members.map(({ address }) => address),
    ),
    defineCloud(context, client.version),
    bootstrap(context),
    awaitController(context),
    addModel(context),
    addMachines(context),
    ...deployBundle(context),
  ];
}

export function packagesOf(context: Context): readonly string[] {
  if (!isController(context)) return ['openssl', 'sudo'];
  const client = chooseClient(context.system, context.parameters);
  return ['jq', 'openssh-client', 'openssl', client.kind === 'snap' ? 'snapd' : 'xz-utils', 'sudo'];
}

/** Upstream's manual of the manual cloud: machines run Ubuntu. */
function baseDemand({ system, parameters: { base } }: Context): readonly Demand[] {
  if (base === 'any' || system.startsWith('ubuntu/')) return [];
  const refuse: Shell = shell`echo ${`Juju's agents are made for Ubuntu, and this is ${system}: base=any on your own account`}; exit 1`;
  return [{ kind: 'script', name: 'a system that Juju manages', code: 'LAYER_UNSUPPORTED', script: refuse }];
}
