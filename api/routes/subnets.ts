import { CodedError, type Subnet } from '../../model/index.ts';
import { checkSubnet } from '../check-subnet.ts';
import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import { type SubnetBody, subnetParams, subnetRequestSchema, subnetSchema } from '../schemas/subnet.ts';

export const listSubnets = route({
  method: 'get',
  path: '/v1/subnets',
  permission: 'read',
  name: 'listSubnets',
  summary: 'Networks of machines that are served',
  answer: { status: 200, description: 'Subnets', schema: listOf(subnetSchema) },
  async handle(_call, { store }) {
    return { items: await store.subnets.list() };
  },
});

export const getSubnet = route({
  method: 'get',
  path: '/v1/subnets/{name}',
  permission: 'read',
  name: 'getSubnet',
  summary: 'One subnet and its ranges',
  params: subnetParams,
  answer: { status: 200, description: 'The subnet', schema: subnetSchema },
  async handle({ params }, { store }) {
    const subnet = await store.subnets.get(params.name);
    if (!subnet) throw new CodedError('NOT_FOUND', `there is no subnet ${params.name}`);
    return subnet;
  },
});

export const putSubnet = route({
  method: 'put',
  path: '/v1/subnets/{name}',
  permission: 'configure',
  name: 'putSubnet',
  summary: 'Say how a subnet is served. Replaces what was said before',
  params: subnetParams,
  body: subnetRequestSchema,
  answer: { status: 200, description: 'The subnet as it is now', schema: subnetSchema },
  async handle({ params, body }, { store, site }) {
    const subnet = subnetFrom(params.name, site, body);
    checkSubnet(subnet, await store.subnets.list());
    await store.subnets.put(subnet);
    return subnet;
  },
});

function subnetFrom(name: string, site: string, { gateway, packageProxy, pin, ...rest }: SubnetBody): Subnet {
  return {
    name,
    site,
    ...rest,
    ...(gateway && { gateway }),
    ...(packageProxy && { packageProxy }),
    ...(pin && { pin }),
  };
}
