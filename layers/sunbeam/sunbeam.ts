import { lines, shell } from '../../remote/index.ts';
import { nameHosts } from '../parts/hosts-block.ts';
import { knowHosts } from '../parts/known-hosts.ts';
import type { Layer, LayerStep } from '../layer.ts';
import { isLoginOpen, openLogin } from '../parts/login-user.ts';
import { ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { keySeed, makeKey } from '../parts/shared-key.ts';
import {
  bootstrap,
  configure,
  haveJoined,
  isBootstrapped,
  joinMachines,
  letGo,
  resize,
  writeManifest,
} from './cloud.ts';
import { demandsOf } from './demands.ts';
import { writeHelper } from './helper.ts';
import { hasSnap, installSnap, noteWhatIsThere, prepareMachines } from './install.ts';
import { type Context, type Parameters, parameters } from './parameters.ts';
import { isFirst, KEY, loginOf } from './places.ts';
import { removal } from './remove.ts';
import { verifications } from './verify.ts';

const PACKAGES = ['openssh-client', 'openssl', 'snapd', 'sudo'];

export const sunbeam: Layer<Parameters> = {
  name: 'sunbeam',
  version: '1',
  summary: "OpenStack by Canonical's snap and Sunbeam, on one machine or several.",
  parameters,
  systems: ['ubuntu/24.04'],
  conflicts: ['devstack', 'docker', 'juju', 'lxd', 'openstack'],
  roles: [
    { name: 'compute', does: 'computes, and nothing else', min: 0 },
    { name: 'storage', does: 'gives its disks to Ceph, and does nothing else', min: 0 },
    { name: 'control', does: 'does what the first one does', min: 0 },
    {
      name: 'first',
      does: 'begins the cloud, and takes the others in',
      min: 1,
      max: 1,
      verifies: true,
    },
  ],
  secrets: [{ name: keySeed, does: 'what the SSH key of the first machine is made of', from: 'generated' }],

  demands: demandsOf,

  check: (context) => {
    const here = shell`${isInstalled(...PACKAGES)} && ${hasSnap(context)} && { ${isLoginOpen(loginOf(context))}; }`;
    if (!isFirst(context)) return here;
    return lines(shell`{ ${here}; } && ${isBootstrapped} || exit 1`, haveJoined(context));
  },

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ownPackages('sunbeam', PACKAGES, context),
    ...names(context),
    noteWhatIsThere,
    ...openLogin(loginOf(context)),
    installSnap(context),
    writeHelper,
    ...(isFirst(context) ? cloud(context) : []),
  ],

  verify: verifications,
  remove: removal,
};

function names({ members, parameters: { domain } }: Context): readonly LayerStep[] {
  if (domain === undefined) return [];
  return [
    nameHosts(
      'sunbeam',
      members.map(({ name, address }) => ({ address, names: [`${name}.${domain}`, name] })),
    ),
  ];
}

function cloud(context: Context): readonly LayerStep[] {
  return [
    makeKey('sunbeam', KEY, 'first machine'),
    knowHosts(
      'sunbeam',
      context.members.map(({ address }) => address),
    ),
    ...prepareMachines(context),
    writeManifest(context),
    bootstrap(context),
    configure(context),
    ...joinMachines(context),
    ...resize(context),
    letGo(context),
  ];
}
