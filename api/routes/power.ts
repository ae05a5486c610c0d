import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import { powerDriverViewSchema, viewPowerDrivers } from '../schemas/power.ts';

export const listPowerDrivers = route({
  method: 'get',
  path: '/v1/power/drivers',
  permission: 'read',
  name: 'listPowerDrivers',
  summary: 'Ways to switch the power of a machine, with their parameters as JSON Schema',
  answer: { status: 200, description: 'Drivers', schema: listOf(powerDriverViewSchema) },
  handle: () => Promise.resolve({ items: viewPowerDrivers() }),
});
