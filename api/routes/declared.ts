import { CodedError, powerSecretId, Secret } from '../../model/index.ts';
import type { Store } from '../../store/types.ts';
import { checkOthers } from '../declared/check-others.ts';
import { type PlannedImport, planImport } from '../declared/plan-import.ts';
import { readDeclaredFile } from '../declared/read-file.ts';
import { viewDeclared } from '../declared/view.ts';
import { route } from '../route.ts';
import { listOf } from '../schemas/answers.ts';
import {
  declaredParams,
  declaredViewSchema,
  importAnswerSchema,
  importRequestSchema,
} from '../schemas/declared.ts';

export const listDeclared = route({
  method: 'get',
  path: '/v1/declared',
  permission: 'read',
  name: 'listDeclared',
  summary: 'Machines that should arrive, those that have, and how these differ',
  answer: { status: 200, description: 'Declarations by name', schema: listOf(declaredViewSchema) },
  async handle(_call, { store }) {
    const all = await store.declared.list();
    const items = [];
    for (const declared of all) items.push(await viewDeclared(store, declared, all));
    return { items };
  },
});

export const getDeclared = route({
  method: 'get',
  path: '/v1/declared/{name}',
  permission: 'read',
  name: 'getDeclared',
  summary: 'One declaration, and the machine that it is',
  params: declaredParams,
  answer: { status: 200, description: 'The declaration', schema: declaredViewSchema },
  async handle({ params }, { store }) {
    const all = await store.declared.list();
    const declared = all.find(({ name }) => name === params.name);
    if (!declared) throw notDeclared(params.name);
    return viewDeclared(store, declared, all);
  },
});

export const forgetDeclared = route({
  method: 'delete',
  path: '/v1/declared/{name}',
  permission: 'configure',
  name: 'forgetDeclared',
  summary: 'Forget a declaration. A machine that arrived stays as it is',
  params: declaredParams,
  answer: { status: 200, description: 'What was forgotten', schema: declaredViewSchema },
  async handle({ params }, { store }) {
    const all = await store.declared.list();
    const declared = all.find(({ name }) => name === params.name);
    if (!declared || !(await store.declared.delete(params.name))) throw notDeclared(params.name);
    const secret = declared.power && powerSecretId(declared.power);
    if (secret !== undefined) await store.secrets.delete(secret);
    await announce(store, `${params.name} is declared no more.`);
    return viewDeclared(store, declared, all);
  },
});

export const importDeclared = route({
  method: 'post',
  path: '/v1/declared/import',
  permission: 'configure',
  name: 'importDeclared',
  summary: 'Declare machines from a file, all of them or none; known names are replaced',
  body: importRequestSchema,
  answer: { status: 200, description: 'What changes, or would', schema: importAnswerSchema },
  async handle({ body }, { store }) {
    const entries = readDeclaredFile(body.format, body.text);
    await checkOthers(store, entries);
    const before = new Map((await store.declared.list()).map((declared) => [declared.name, declared]));
    const isKept = async (record: string, field: string, value: string): Promise<boolean> =>
      (await store.secrets.get(record, field))?.reveal() === value;
    const planned = [];
    for (const { entry } of entries) planned.push(await planImport(entry, before.get(entry.name), isKept));
    const changes = planned.map(({ change }) => change);
    if (body.plan) return { applied: false, changes };
    await carryOut(store, planned);
    // Only now: until the declaration points to the new one, the old one is what is used.
    for (const { machine } of planned) {
      const old = before.get(machine.name)?.power;
      const record = old && powerSecretId(old);
      const isGone = record !== undefined && (!machine.power || powerSecretId(machine.power) !== record);
      if (isGone) await store.secrets.delete(record);
    }
    return { applied: true, changes };
  },
});

/** Secrets first: a declaration never points to a place that is still empty. */
async function carryOut(store: Store, planned: readonly PlannedImport[]): Promise<void> {
  const changed = planned.filter(({ change }) => change.change !== 'unchanged');
  if (changed.length === 0) return;
  for (const { machine, secrets } of changed) {
    const record = machine.power && powerSecretId(machine.power);
    if (record === undefined) continue;
    for (const [field, value] of secrets) await store.secrets.put(record, field, new Secret(value));
  }
  await store.declared.put(changed.map(({ machine }) => machine));
  await announce(store, `${changed.length} machines were declared.`);
}

/** Also what wakes the boot services: from now on they know whom to expect. */
async function announce(store: Store, message: string): Promise<void> {
  await store.events.append({ at: new Date().toISOString(), kind: 'declared.changed', message });
}

function notDeclared(name: string): CodedError {
  return new CodedError('NOT_FOUND', `no machine ${name} was declared`);
}
