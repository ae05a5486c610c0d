import { shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { Layer, LayerStep } from '../layer.ts';
import { containerApply, containerCheck, containerRemove } from './container-way.ts';
import { packageApply, packageCheck, packageRemove } from './package-way.ts';
import { PAGE_FOLDER, pageText } from './page.ts';
import { type NginxContext, type NginxParameters, nginxParameters } from './parameters.ts';
import { vmApply, vmCheck, vmRemove } from './vm-way.ts';

const PAGE = `${PAGE_FOLDER}/index.html`;

export const nginx: Layer<NginxParameters> = {
  name: 'nginx',
  version: '2',
  summary:
    'The nginx web server with a page that names the machine: from its package, in a container or in a virtual machine.',
  parameters: nginxParameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],

  requires: ({ way, emulation }) => {
    switch (way) {
      case 'package':
        return [];
      case 'container':
        return [{ layer: 'docker' }];
      case 'vm':
        return [{ layer: 'kvm', parameters: { emulation } }];
    }
  },

  check: (context) => {
    const ways = { package: packageCheck, container: containerCheck, vm: vmCheck };
    return shell`${hasText(PAGE, page(context))} && ${ways[context.parameters.way](context)}`;
  },

  /** Another way that was laid before has the port. */
  apply: (context) => {
    const written = writePage(context);
    switch (context.parameters.way) {
      case 'package':
        return [...containerRemove, ...vmRemove, ...packageApply(context, written)];
      case 'container':
        return [...packageRemove, ...vmRemove, ...containerApply(context, written)];
      case 'vm':
        return [...packageRemove, ...containerRemove, ...vmApply(context, written)];
    }
  },

  verify: ({ address, machineName, parameters: { port } }) => [
    {
      kind: 'http',
      name: 'the page is served',
      url: `http://${address}:${port}/`,
      status: 200,
      contains: machineName,
    },
  ],

  remove: () => [
    ...packageRemove,
    ...containerRemove,
    ...vmRemove,
    {
      name: 'remove the page',
      does: 'Remove the page that was written.',
      done: shell`[ ! -e ${PAGE_FOLDER} ]`,
      script: shell`rm -rf ${PAGE_FOLDER}`,
      deadlineMs: 60_000,
    },
  ],
};

function page({ machineName, parameters: { title } }: NginxContext): string {
  return pageText(machineName, title ?? machineName);
}

function writePage(context: NginxContext): LayerStep {
  return {
    name: 'write the page',
    does: `Write a page that names ${context.machineName}.`,
    done: hasText(PAGE, page(context)),
    script: putText(PAGE, page(context)),
    deadlineMs: 60_000,
  };
}
