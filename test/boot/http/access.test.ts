import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { routes as apiRoutes } from '../../../api/routes/index.ts';
import { bootRoutePatterns } from '../../../boot/http/index.ts';
import { newBoot } from '../../../boot/index.ts';
import { ipv4 } from '../../../net/index.ts';
import { type BootBench, bootBench, mac } from '../../fixtures/boot-bench.ts';

/**
 * docs/security.md, rule 33, the rack's half of the table: what machines may ask. What a route gives belongs to one
 * machine (its boot script, its seed) or to nobody (public files, by name or hash).
 */
const owner = ipv4('127.0.0.101');
const roles = { owner, 'another machine': ipv4('127.0.0.102'), 'a stranger': ipv4('127.0.0.150') } as const;
type Role = keyof typeof roles;
const everybody = (status: number) => ({ owner: status, 'another machine': status, 'a stranger': status });
const ownerAlone = { owner: 200, 'another machine': 404, 'a stranger': 404 } as const;

/** Of hello, everybody may speak: whose it is, its token and the socket's address decide (`test/system/arrivals.test.ts`). */
const table: Readonly<Record<string, Readonly<Record<Role, number>>>> = {
  'GET /boot/{mac}.ipxe': ownerAlone,
  'HEAD /boot/{mac}.ipxe': ownerAlone,
  'GET /loader/{name}': everybody(404),
  'HEAD /loader/{name}': everybody(404),
  'GET /artefacts/{sha256}': everybody(200),
  'HEAD /artefacts/{sha256}': everybody(200),
  'GET /seed/{boot}/{document}': ownerAlone,
  'HEAD /seed/{boot}/{document}': ownerAlone,
  'POST /hello': everybody(204),
};

let bench: BootBench;
let paths: Readonly<Record<string, string>>;
let bootId = '';
const heard: string[] = [];
beforeAll(async () => {
  bench = await bootBench(() => async (_hello, from) => void heard.push(from));
  for (const [card, address] of [
    [1, roles.owner],
    [2, roles['another machine']],
  ] as const) {
    const boot = newBoot({ mac: mac(card), purpose: 'discovery', image: 'debian/12' }, new Date(), 60_000);
    await bench.store.boots.open(boot);
    await bench.store.events.append({ at: boot.openedAt, kind: 'boot.opened', message: '' });
    await vi.waitUntil(() => bench.directory.known(mac(card), new Date())?.kind === 'network');
    bench.lease(mac(card), address);
    const script = `/boot/${mac(card).replaceAll(':', '-')}.ipxe`;
    expect((await bench.ask(script, address)).status).toBe(200);
    if (card === 1) bootId = boot.id;
  }
  paths = {
    '/boot/{mac}.ipxe': `/boot/${mac(1).replaceAll(':', '-')}.ipxe`,
    '/loader/{name}': '/loader/none.efi',
    '/artefacts/{sha256}': `/artefacts/${bench.image.files.squashfs.sha256}`,
    '/seed/{boot}/{document}': `/seed/${bootId}/user-data`,
    '/hello': '/hello',
  };
}, 120_000);
afterAll(() => bench?.close());

const hello = new URLSearchParams({
  boot: crypto.randomUUID(),
  token: '0'.repeat(32),
  firmware: 'uefi',
  arch: 'amd64',
  mac: mac(1),
  'host-key': `ssh-ed25519 ${'A'.repeat(68)}`,
}).toString();

test('the table is whole', () => {
  expect(bootRoutePatterns(bench.options).toSorted()).toEqual(Object.keys(table).toSorted());
});

const cells = Object.entries(table).flatMap(([route, row]) =>
  Object.entries(row).map(([role, status]) => [route, role as Role, status] as const),
);
test.each(cells)('%s for %s: %i', async (route, role, status) => {
  const [method = '', pattern = ''] = route.split(' ');
  heard.length = 0;
  const body = method === 'POST' ? { body: hello } : {};
  const answer = await bench.ask(paths[pattern] as string, roles[role], { method, ...body });
  expect(answer.status).toBe(status);
  if (status === 404) expect(answer.body).toBe('');
  // Who spoke is the socket's word, whatever the form says.
  if (route === 'POST /hello') expect(heard).toEqual([roles[role]]);
});

test(`nothing of the API is there, for any machine: ${apiRoutes.length} routes`, async () => {
  for (const { method, path } of apiRoutes) {
    const concrete = path.replace(/\{\w+\}/g, 'x');
    for (const address of Object.values(roles)) {
      const answer = await bench.ask(concrete, address, { method: method.toUpperCase() });
      expect([answer.status, answer.body], `${method} ${path}`).toEqual([404, '']);
    }
  }
});
