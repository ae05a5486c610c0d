import { z } from '@hono/zod-openapi';
import { findMachine } from '../find-machine.ts';
import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import { countField, machineParams } from '../schemas/common.ts';
import { evidenceSchema } from '../schemas/evidence.ts';

export const listEvidence = route({
  method: 'get',
  path: '/v1/machines/{ref}/evidence',
  permission: 'read',
  name: 'listEvidence',
  summary: 'What shows that its disks were erased, newest first',
  params: machineParams,
  query: z.strictObject({ limit: countField(1000).default(200) }),
  answer: { status: 200, description: 'One document a disk and erasure', schema: listOf(evidenceSchema) },
  async handle({ params, query }, { store }) {
    const machine = await findMachine(store, params.ref);
    return { items: await store.evidence.ofMachine(machine.id, Math.max(query.limit, 1)) };
  },
});
