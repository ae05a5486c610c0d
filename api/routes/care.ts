import { z } from '@hono/zod-openapi';
import { markKinds } from '../../model/index.ts';
import {
  abortUpdate,
  exitRescueUpdate,
  markUpdate,
  rescueUpdate,
  testUpdate,
} from '../../workflows/messages.ts';
import { ask } from '../ask.ts';
import { defined } from '../defined.ts';
import { route } from '../route.ts';
import { machineParams } from '../schemas/common.ts';
import { accepted } from '../schemas/operation.ts';
import { markRequestSchema, rescueRequestSchema, testRequestSchema } from '../schemas/care.ts';

/** Looking after machines: tests, rescue, what people write down about them, and stopping what is at work. */

export const testMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/test',
  permission: 'operate',
  name: 'testMachine',
  summary: 'Run tests on it in memory',
  params: machineParams,
  body: testRequestSchema,
  answer: accepted,
  async handle({ params, body }, parts) {
    const request = defined(body);
    const own = await parts.store.scripts.list();
    parts.scripts?.check(
      own.map(({ script }) => script),
      request,
    );
    return ask(parts, params.ref, testUpdate, request);
  },
});

export const rescueMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/rescue',
  permission: 'operate',
  name: 'rescueMachine',
  summary: 'Start a rescue system in its memory; its disks are not written to',
  params: machineParams,
  body: rescueRequestSchema,
  answer: accepted,
  handle: ({ params, body }, parts) => ask(parts, params.ref, rescueUpdate, defined(body)),
});

export const exitRescue = route({
  method: 'post',
  path: '/v1/machines/{ref}/exit-rescue',
  permission: 'operate',
  name: 'exitRescue',
  summary: 'Leave the rescue system; an installed system is started again',
  params: machineParams,
  answer: accepted,
  handle: ({ params }, parts) => ask(parts, params.ref, exitRescueUpdate),
});

export const markMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/marks/{mark}',
  permission: 'operate',
  name: 'markMachine',
  summary: 'Lock, unlock, mark broken or fixed, retire, or override a failure. The machine is not touched',
  params: machineParams.extend({ mark: z.enum(markKinds) }),
  body: markRequestSchema,
  answer: accepted,
  handle: ({ params, body }, parts) => ask(parts, params.ref, markUpdate, params.mark, body),
});

export const abortMachine = route({
  method: 'post',
  path: '/v1/machines/{ref}/abort',
  permission: 'operate',
  name: 'abortMachine',
  summary: 'Stop what is at work on it',
  params: machineParams,
  body: markRequestSchema,
  answer: accepted,
  handle: ({ params, body }, parts) => ask(parts, params.ref, abortUpdate, body),
});
