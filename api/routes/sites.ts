import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import { siteSchema } from '../schemas/sites.ts';
import { viewSites } from '../sites.ts';

export const listSites = route({
  method: 'get',
  path: '/v1/sites',
  permission: 'read',
  name: 'listSites',
  summary: 'Sites, the racks that serve them, and the work that waits there',
  answer: { status: 200, description: 'Sites', schema: listOf(siteSchema) },
  handle: async (_call, parts) => ({ items: await viewSites(parts) }),
});
