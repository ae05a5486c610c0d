import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../api/index.ts';
import type { Route } from '../../api/route.ts';
import { type Permission, permissions, type Role, roles } from '../../api/permissions.ts';
import { routes } from '../../api/routes/index.ts';
import { Secret } from '../../model/index.ts';
import { type RunningApi, runApi, untouchable } from './running-api.ts';

/**
 * docs/security.md, rule 33: all of what may be asked, and what it takes. Everything there is has one owner, the operators;
 * what belongs to a machine is asked elsewhere (`test/boot/http/access.test.ts`).
 */
const table: Readonly<Record<Permission, readonly string[]>> = {
  public: ['get /healthz'],
  read: [
    'get /openapi.json',
    'get /v1/declared',
    'get /v1/declared/{name}',
    'get /v1/events',
    'get /v1/files/{sha256}',
    'get /v1/health',
    'get /v1/images',
    'get /v1/images/import/{id}',
    'get /v1/images/sync/{id}',
    'get /v1/layers',
    'get /v1/layers/{layer}',
    'get /v1/layings/{id}',
    'get /v1/machines',
    'get /v1/machines/{ref}',
    'get /v1/machines/{ref}/boot',
    'get /v1/machines/{ref}/evidence',
    'get /v1/machines/{ref}/inventory',
    'get /v1/machines/{ref}/operations',
    'get /v1/machines/{ref}/results',
    'get /v1/operations/{machine}/{kind}/{number}',
    'get /v1/operations/{machine}/{kind}/{number}/log',
    'get /v1/power/drivers',
    'get /v1/scripts',
    'get /v1/scripts/{name}',
    'get /v1/sites',
    'get /v1/ssh-key',
    'get /v1/subnets',
    'get /v1/subnets/{name}',
  ],
  operate: [
    'delete /v1/machines/{ref}/layers/{layer}',
    'post /v1/machines/{ref}/abort',
    'post /v1/machines/{ref}/commission',
    'post /v1/machines/{ref}/deploy',
    'post /v1/machines/{ref}/deploy/plan',
    'post /v1/machines/{ref}/exit-rescue',
    'post /v1/layers/{layer}/lay',
    'post /v1/machines/{ref}/layers',
    'post /v1/machines/{ref}/layers/plan',
    'post /v1/machines/{ref}/marks/{mark}',
    'post /v1/machines/{ref}/power',
    'post /v1/machines/{ref}/release',
    'post /v1/machines/{ref}/rescue',
    'post /v1/machines/{ref}/test',
  ],
  configure: [
    'delete /v1/declared/{name}',
    'delete /v1/images/{os}/{version}',
    'delete /v1/scripts/{name}',
    'patch /v1/machines/{ref}',
    'post /v1/machines',
    'post /v1/declared/import',
    'post /v1/images/gc',
    'post /v1/images/import',
    'post /v1/images/sync',
    'post /v1/images/uploads',
    'post /v1/scripts',
    'put /v1/subnets/{name}',
  ],
};

/** Whatever is not granted here is refused. */
const grants: Readonly<Record<Role, Readonly<Record<Permission, boolean>>>> = {
  anonymous: { public: true, read: false, operate: false, configure: false },
  operator: { public: true, read: true, operate: true, configure: true },
};

let api: RunningApi;
beforeAll(async () => {
  api = await runApi({ store: untouchable });
});
afterAll(() => api.stop());

const concrete = (path: string): string => path.replace(/\{\w+\}/g, 'x');

describe('who may do what', () => {
  test.each(routes)('$method $path asks for $permission', async ({ method, path, permission }) => {
    // Another last character, whichever the random token ends with.
    const last = api.token.endsWith('x') ? 'y' : 'x';
    const wrong = { authorization: `Bearer ${api.token.slice(0, -1)}${last}` };
    for (const headers of [{}, wrong, { authorization: api.token }, { authorization: 'Basic eDp5' }]) {
      const { status, json } = await api.call(method.toUpperCase(), concrete(path), undefined, headers);
      if (permission === 'public') expect(status).toBe(200);
      else {
        expect(status).toBe(401);
        expect(json.code).toBe('LOGIN_REQUIRED');
      }
    }
  });

  test('with the token no route says that a login is missing', async () => {
    for (const { method, path } of routes) {
      const { status } = await api.call(method.toUpperCase(), concrete(path));
      expect(status, `${method} ${path}`).not.toBe(401);
    }
  });

  test('what is not in the table needs the token as well, and then is not there', async () => {
    expect((await api.call('GET', '/v1/nothing', undefined, {})).status).toBe(401);
    const { status, json } = await api.call('GET', '/v1/nothing');
    expect([status, json.code]).toEqual([404, 'NOT_FOUND']);
  });

  test('a challenge goes with the refusal (RFC 6750 section 3)', async () => {
    const { headers } = await api.call('GET', '/v1/machines', undefined, {});
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  test('a route that declares no permission does not start', () => {
    const { permission: _permission, ...undeclared } = routes[0] as Route;
    const parts = {
      store: api.store,
      temporal: () => {
        throw new Error('unused');
      },
      token: new Secret('t'),
      catalogue: { layers: [] },
      health: async () => ({ ok: true, checks: [] }),
      site: 'lab',
    };
    expect(() => createApi(parts, [undeclared as Route])).toThrow('declares no permission');
  });

  test('the table is whole: every route, once, with the permission that it declares', () => {
    const declared = routes.map(({ method, path, permission }) => `${permission} ${method} ${path}`);
    const expected = permissions.flatMap((permission) =>
      table[permission].map((path) => `${permission} ${path}`),
    );
    expect(declared.toSorted()).toEqual(expected.toSorted());
  });

  const cells = roles.flatMap((role) =>
    permissions.flatMap((permission) =>
      table[permission].map((path) => [role, path, grants[role][permission]] as const),
    ),
  );
  test.each(cells)('%s: %s, granted: %s', async (role, path, isGranted) => {
    const [method = '', pattern = ''] = path.split(' ');
    const headers = role === 'anonymous' ? {} : undefined;
    const { status, json } = await api.call(method.toUpperCase(), concrete(pattern), undefined, headers);
    if (isGranted) expect(status).not.toBe(401);
    else expect([status, json.code]).toEqual([401, 'LOGIN_REQUIRED']);
  });
});

test('forged forwarding headers change nothing (rule 7)', async () => {
  const { status } = await api.call('GET', '/v1/machines', undefined, {
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '127.0.0.1',
    forwarded: 'for=127.0.0.1',
  });
  expect(status).toBe(401);
});

describe('the log', () => {
  test('names the pattern of the route, never the URL', async () => {
    api.log.length = 0;
    await api.call('GET', '/v1/machines/canary-7f3a/inventory?x=canary-7f3a');
    await api.call('GET', '/v1/canary-7f3a');
    expect(JSON.stringify(api.log)).not.toContain('canary-7f3a');
    expect(api.log.map((entry) => 'route' in entry && entry.route)).toEqual([
      '/v1/machines/:ref/inventory',
      '(none)',
    ]);
  });

  test('and the answers never hold the token', async () => {
    api.log.length = 0;
    const answers = await Promise.all(
      routes.map(({ method, path }) => api.call(method.toUpperCase(), concrete(path))),
    );
    await api.call('GET', `/v1/machines/${api.token}`, undefined, {});
    await api.call('PUT', '/v1/subnets/x', `{"${api.token}":`, {});
    expect(JSON.stringify(api.log)).not.toContain(api.token);
    for (const { text } of answers) expect(text).not.toContain(api.token);
  });
});
