import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { allLayers } from '../../layers/index.ts';
import { type RunningApi, runApi, untouchable } from './running-api.ts';

/** docs/security.md, rule 14: nothing that people can send names a program, hook, local path or template of the controller's. */
let api: RunningApi;
let document: {
  paths: Record<string, Record<string, Verb>>;
  components: { schemas: Record<string, unknown> };
};
interface Verb {
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: unknown;
}
beforeAll(async () => {
  api = await runApi({ store: untouchable });
  document = (await api.call('GET', '/openapi.json')).json;
});
afterAll(() => api.stop());

const suspicious =
  /command|cmd|exec|argv|program|binary|hook|path|file|dir|folder|template|shell|script|plugin|module|include|ur[il]|socket/i;

/** Every field that sounds so, and why it is none. */
const harmless: Readonly<Record<string, string>> = {
  fileSystem: 'a word of a list: ext4, xfs …',
  fileSystems: 'a list of them, each on a device of the same document',
  path: "where a disk is plugged in, in the machine's own words; only compared with what it says",
  scripts: 'names of scripts that are kept here; they run on the machine alone',
  onUrl: 'called through the outbound guard (rule 34)',
  offUrl: 'called through the outbound guard (rule 34)',
  queryUrl: 'called through the outbound guard (rule 34)',
  url: 'a BMC, or called through the outbound guard (rule 34); http and https alone',
  uri: "libvirt's, without the parameters that name programs and files (test/power/drivers.test.ts)",
};

/** Names of all fields below a schema, references followed. */
function fieldsOf(schema: unknown, seen = new Set<unknown>()): readonly string[] {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  const { $ref, properties } = schema as { $ref?: string; properties?: object };
  if ($ref !== undefined) return fieldsOf(document.components.schemas[$ref.split('/').at(-1) ?? ''], seen);
  return [
    ...Object.keys(properties ?? {}),
    ...Object.values(schema).flatMap((below) => fieldsOf(below, seen)),
  ];
}

test('not in a request of the API', () => {
  const verbs = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const fields = new Set(
    verbs.flatMap(({ parameters = [], requestBody }) => [
      ...parameters.map(({ name }) => name),
      ...fieldsOf(requestBody),
    ]),
  );
  expect(fields.size).toBeGreaterThan(150);
  const found = [...fields].filter((name) => suspicious.test(name));
  expect(found.toSorted()).toEqual(Object.keys(harmless).toSorted());
  console.log(`${fields.size} fields: 0 name a program, hook, local path or template`);
});

/** Of layers: what sounds so is on the machine. */
const ofMachines: Readonly<Record<string, string>> = {
  dataDirectory: 'where ownCloud keeps the files of its users',
};

test('not in a parameter of a layer', () => {
  let count = 0;
  for (const { name, parameters } of allLayers().values()) {
    const fields = fieldsOf(z.toJSONSchema(parameters, { io: 'input' }));
    count += fields.length;
    const found = fields.filter((field) => suspicious.test(field) && !(field in ofMachines));
    expect(found, name).toEqual([]);
  }
  expect(count).toBeGreaterThan(50);
});
