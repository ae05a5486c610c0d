import { shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { useCloud } from '../parts/use-cloud.ts';
import { asStack, HOME, TREE } from './place.ts';

const use = `
cd ${TREE}
export PATH=$PATH:${HOME}/data/venv/bin:/usr/local/bin:/usr/sbin:/sbin
source ./openrc admin admin >/dev/null
${useCloud({ external: 'public', services: ['keystone', 'glance', 'nova', 'neutron', 'placement'], scratch: '' })}`;

export const verification: Verification = {
  kind: 'command',
  name: 'a server is booted and reached',
  script: asStack(shell`bash -c ${use}`),
  deadlineMs: 1_800_000,
};
