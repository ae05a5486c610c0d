import { shell } from '../../remote/index.ts';
import { addArchive, archiveDemand, removeArchive } from '../parts/archive.ts';
import { memoryDemand, roomDemand } from '../parts/demands.ts';
import type { Layer } from '../layer.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import {
  engineRuns,
  hasDaemonText,
  ownConfiguration,
  removeConfiguration,
  startEngine,
  writeConfiguration,
} from './daemon-json.ts';
import { type DockerParameters, dockerParameters } from './parameters.ts';
import { letUse, noteSurroundings, refuseWithContainers, removeLeftovers, stopEngine } from './removal.ts';
import { dockerArchive, dockerPackages, dockerSystems, noForeignPackages } from './source.ts';
import { dockerVerification } from './verify.ts';

export const docker: Layer<DockerParameters> = {
  name: 'docker',
  version: '1',
  summary: 'The Docker engine with compose, from the distribution or from its makers.',
  parameters: dockerParameters,
  systems: dockerSystems,

  demands: (context) => {
    const { source, user } = context.parameters;
    return [
      memoryDemand(512),
      roomDemand('/var/lib/docker', 2_048),
      noForeignPackages(source),
      ownConfiguration(context.parameters),
      ...(user === undefined
        ? []
        : [
            {
              kind: 'script' as const,
              name: `a user ${user}`,
              code: 'LAYER_UNMET' as const,
              script: shell`getent passwd ${user} >/dev/null || { echo ${`there is no user ${user}`}; exit 1; }`,
            },
          ]),
      ...(source === 'upstream' ? [archiveDemand(dockerArchive(context.system), context)] : []),
    ];
  },

  check: ({ parameters, system }) =>
    shell`${isInstalled(...dockerPackages(parameters.source, system))} && ${hasDaemonText(parameters)} && ${engineRuns} && docker info >/dev/null`,

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ...(context.parameters.source === 'upstream' ? addArchive(dockerArchive(context.system), context) : []),
    noteSurroundings,
    writeConfiguration(context.parameters),
    ownPackages('docker', dockerPackages(context.parameters.source, context.system), context),
    startEngine,
    letUse(context.parameters.user),
  ],

  verify: ({ packageProxy, address }) => [dockerVerification(packageProxy, address)],

  remove: ({ system }) => [
    refuseWithContainers,
    stopEngine,
    dropPackages('docker'),
    removeConfiguration,
    removeArchive(dockerArchive(system)),
    removeLeftovers,
  ],
};
