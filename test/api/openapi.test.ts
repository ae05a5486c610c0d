import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routes } from '../../api/routes/index.ts';
import { type RunningApi, runApi, untouchable } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi({ store: untouchable });
});
afterAll(() => api.stop());

test('the description is the one that was agreed on', async () => {
  const { json } = await api.call('GET', '/openapi.json');
  // A change is shown in review: npx vitest run test/api/openapi.test.ts -u
  await expect(`${JSON.stringify(json, undefined, 2)}\n`).toMatchFileSnapshot('openapi.snapshot.json');
});

test('it is OpenAPI 3.1 and holds every route with its permission', async () => {
  const { json } = await api.call('GET', '/openapi.json');
  expect(json.openapi).toBe('3.1.0');
  for (const { method, path, permission, name } of routes) {
    expect(json.paths[path][method]).toMatchObject({ operationId: name, 'x-permission': permission });
  }
});

test('every reference in it leads somewhere', async () => {
  const file = fileURLToPath(new URL('openapi.snapshot.json', import.meta.url));
  const text = await readFile(file, 'utf8');
  const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(components.schemas).toHaveProperty(name as string);
  }
});

test('a password can be written and is described as such', async () => {
  const { json } = await api.call('GET', '/openapi.json');
  expect(JSON.stringify(json.components.schemas.ConfigureRequest)).toContain('"writeOnly":true');
});
