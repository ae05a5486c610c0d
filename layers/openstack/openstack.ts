import { shell } from '../../remote/index.ts';
import { nameHosts } from '../parts/hosts-block.ts';
import type { Layer, LayerStep } from '../layer.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { makeTinyGuest } from '../parts/tiny-guest.ts';
import { addCloudArchive } from './archive.ts';
import { certificateSteps } from './certificate-step.ts';
import {
  bootstrapIdentity,
  configureDatabase,
  createBrokerUser,
  createDatabases,
  createKeystoneKeys,
  fillCatalogue,
  writeAdminFile,
} from './controller.ts';
import { configureDashboard } from './dashboard.ts';
import { demandsOf } from './demands.ts';
import { does, hasVolumes } from './duties.ts';
import { hostLines } from './hosts.ts';
import { idleServices, installPackages } from './install.ts';
import { chooseNetworks } from './networks.ts';
import { type Context, type Parameters, parameters } from './parameters.ts';
import { removal } from './remove.ts';
import { secrets } from './secrets.ts';
import { packagesOf, projectsOf } from './services.ts';
import { servesSite, serveSite } from './site-step.ts';
import { configure, configureConsole, configureDaemons, isRunning, start } from './services-step.ts';
import { openOvn, switchSteps } from './switches.ts';
import { makeTables } from './tables.ts';
import { verifications } from './verify.ts';
import { createVolumeDatabase } from './volume-database.ts';
import { makeVolumeGroup } from './volume-group.ts';

/** nova-compute says that it has started before it has asked libvirt, and ends without a word when it may not. */
const awaitLibvirt: LayerStep = {
  name: 'ask libvirt as nova does',
  does: 'See that nova may speak with libvirt.',
  done: shell`runuser -u nova -- virsh -c qemu:///system version >/dev/null 2>&1`,
  script: shell`runuser -u nova -- virsh -c qemu:///system version`,
  deadlineMs: 120_000,
};

export const openstack: Layer<Parameters> = {
  name: 'openstack',
  version: '1',
  summary: 'A cloud of the distribution’s OpenStack: servers, images and networks on several machines.',
  parameters,
  // Newer ones have no Linux bridge agent any more.
  systems: ['debian/12', 'ubuntu/22.04', 'ubuntu/24.04'],
  roles: [
    { name: 'controller', does: 'has the database, the message broker and the APIs', min: 1, max: 1 },
    {
      name: 'network',
      does: 'gives guests addresses, names and ways out; without one the controller does',
      min: 0,
      max: 1,
    },
    { name: 'storage', does: 'has room for volumes', min: 0 },
    { name: 'compute', does: 'runs the guests', min: 1 },
  ],
  secrets,
  demands: demandsOf,

  check: (context) =>
    shell`${isInstalled(...packagesOf(context))} && ${isRunning(context, ...projectsOf(context))} && ${does(context, 'control') ? servesSite(context) : shell`true`}`,

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ...addCloudArchive(context),
    nameHosts('openstack', hostLines(context)),
    chooseNetworks(context),
    installPackages(context),
    idleServices,
    ...certificateSteps(context),
    ...configuration(context),
    ...(does(context, 'control') ? control(context) : others(context)),
  ],

  verify: verifications,
  remove: removal,
};

function configuration(context: Context): readonly LayerStep[] {
  return [
    configureDaemons(context),
    ...(does(context, 'control') ? [configureDatabase(context)] : []),
    ...(does(context, 'control') && context.system.startsWith('debian/') ? [configureConsole] : []),
    ...projectsOf(context).flatMap((project) => (project === 'base' ? [] : [configure(project, context)])),
  ];
}

/** Each service asks those before it when it starts. */
function control(context: Context): readonly LayerStep[] {
  return [
    start('start the database and the broker', context, 'base'),
    ...(context.parameters.networks === 'ovn' ? [openOvn(context)] : []),
    ...switchSteps(context),
    createDatabases,
    ...(hasVolumes(context) ? [createVolumeDatabase(context)] : []),
    createBrokerUser,
    createKeystoneKeys,
    makeTables(context),
    configureDashboard(context),
    serveSite(context),
    start('start keystone', context, 'keystone'),
    bootstrapIdentity(context),
    fillCatalogue(context),
    start(
      'start the services',
      context,
      ...projectsOf(context).filter((project) => project !== 'base' && project !== 'keystone'),
    ),
    writeAdminFile(context),
    makeTinyGuest('openstack', context),
  ];
}

function others(context: Context): readonly LayerStep[] {
  const projects = projectsOf(context).filter((project) => project !== 'base');
  return [
    ...(does(context, 'storage') ? [makeVolumeGroup(context)] : []),
    ...(projectsOf(context).includes('base') ? [start(baseOf(context), context, 'base')] : []),
    ...(does(context, 'compute') ? [awaitLibvirt] : []),
    ...switchSteps(context),
    // By OVN a network machine has none.
    ...(projects.length > 0 ? [start('start the services', context, ...projects)] : []),
  ];
}

function baseOf(context: Context): string {
  if (does(context, 'compute')) return 'start libvirt';
  return does(context, 'storage') ? 'start the iSCSI target' : 'start the switches';
}
