import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootRoutePatterns } from '../../../boot/http/index.ts';
import { newBoot } from '../../../boot/index.ts';
import { ipv4 } from '../../../net/index.ts';
import { type BootBench, bootBench, mac } from '../../fixtures/boot-bench.ts';

let bench: BootBench;
beforeAll(async () => {
  bench = await bootBench();
});
afterAll(() => bench.close());

const hyphens = (last: number): string => mac(last).replaceAll(':', '-');

describe('what this listener answers', () => {
  it('is this list, and nothing of the API', () => {
    expect(bootRoutePatterns(bench.options)).toEqual([
      'GET /boot/{mac}.ipxe',
      'HEAD /boot/{mac}.ipxe',
      'GET /loader/{name}',
      'HEAD /loader/{name}',
      'GET /artefacts/{sha256}',
      'HEAD /artefacts/{sha256}',
      'GET /seed/{boot}/{document}',
      'HEAD /seed/{boot}/{document}',
      'POST /hello',
    ]);
  });

  it('refuses another method and says which it knows', async () => {
    const answer = await bench.ask('/hello', ipv4('127.0.0.100'));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it('gives none of 240 spellings of a way out of its tables', async () => {
    const ups = [
      '..',
      '%2e%2e',
      '%2E%2E',
      '..%2f',
      '%2e%2e%2f',
      '..%5c',
      '..;',
      '.%00.',
      '%252e%252e',
      '....//',
    ];
    const targets = ['etc/passwd', '%65tc/passwd', 'sha256/../../etc/passwd', 'key'];
    const roots = ['/artefacts/', '/loader/', '/seed/', '/boot/', '/', '//'];
    const paths = roots.flatMap((root) =>
      ups.flatMap((up) => targets.map((target) => `${root}${up}/${up}/${target}`)),
    );
    expect(paths.length).toBeGreaterThanOrEqual(240);
    const answers = await Promise.all(paths.map((path) => bench.ask(path, ipv4('127.0.0.100'))));
    expect(answers.filter(({ status }) => status !== 404)).toEqual([]);
  });
});

describe('artefacts', () => {
  const squashfs = (): string => `/artefacts/${bench.image.files.squashfs.sha256}`;
  const from = ipv4('127.0.0.100');

  it('come whole, with their length', async () => {
    const answer = await bench.ask(squashfs(), from);
    expect(answer).toMatchObject({ status: 200, body: '0123456789', headers: { 'content-length': '10' } });
  });

  it('answer HEAD with the length and no body', async () => {
    const answer = await bench.ask(squashfs(), from, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } });
  });

  it.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=4-2', 200, '0123456789', undefined],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
  ])('%s → %i', async (range, status, body, contentRange) => {
    const answer = await bench.ask(squashfs(), from, { headers: { range } });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  it('of another hash are not here', async () => {
    expect((await bench.ask(`/artefacts/${'0'.repeat(64)}`, from)).status).toBe(404);
  });
});

describe('boot scripts', () => {
  it('bring an unknown card that holds a lease into memory, with no secret on the command line', async () => {
    bench.lease(mac(1), ipv4('127.0.0.101'));
    const answer = await bench.ask(`/boot/${hyphens(1)}.ipxe`, ipv4('127.0.0.101'));
    expect(answer.status).toBe(200);
    const kernel = answer.body.split('\n').find((line) => line.startsWith('kernel ')) ?? '';
    expect(kernel).toContain('ip=127.0.0.101:::255.255.255.0:rackwright:BOOTIF:off:');
    expect(kernel).toContain(`BOOTIF=01-${hyphens(1)}`);
    expect(kernel).toMatch(/ds=nocloud;s=http:\/\/127\.0\.0\.1:\d+\/seed\/[0-9a-f-]{36}\/ /);
    expect(answer.body).not.toMatch(/token/i);
  });

  it('are not for who does not hold the lease, whatever the headers claim', async () => {
    bench.lease(mac(2), ipv4('127.0.0.102'));
    const forged = {
      'x-forwarded-for': '127.0.0.102',
      forwarded: 'for=127.0.0.102',
      'x-real-ip': '127.0.0.102',
    };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        bench.ask(`/boot/${hyphens(2)}.ipxe`, ipv4(`127.0.0.${110 + index}`), { headers: forged }),
      ),
    );
    expect(answers.every(({ status }) => status === 404)).toBe(true);
  });

  it('start a known machine from its own disk while nobody ordered a boot', async () => {
    bench.lease(mac(3), ipv4('127.0.0.103'));
    await bench.store.machines.record(knownMachine('m-known', 3));
    await expect.poll(() => bench.directory.known(mac(3), new Date())).toEqual({ kind: 'local' });
    const answer = await bench.ask(`/boot/${hyphens(3)}.ipxe`, ipv4('127.0.0.103'));
    expect(answer.body).toContain('sanboot --no-describe --drive 0x80');
    expect(answer.body).toContain('chain tftp://127.0.0.1/grubx64.efi');
    expect(answer.body).not.toContain('/seed/');
  });
});

describe('seeds (docs/security.md, rules 1 and 2)', () => {
  it('exist only for an open boot and only for the address that it is bound to', async () => {
    const boot = newBoot(
      { mac: mac(4), purpose: 'commission', image: 'debian/12', machineId: 'm-4' },
      new Date(),
      60_000,
    );
    await bench.store.boots.open(boot);
    await bench.store.events.append({ at: boot.openedAt, kind: 'boot.opened', message: '' });
    await expect.poll(() => bench.directory.known(mac(4), new Date())?.kind).toBe('network');
    bench.lease(mac(4), ipv4('127.0.0.104'));

    const early = await bench.ask(`/seed/${boot.id}/user-data`, ipv4('127.0.0.104'));
    expect(early.status).toBe(404);
    await bench.ask(`/boot/${hyphens(4)}.ipxe`, ipv4('127.0.0.104'));
    const documents = ['meta-data', 'user-data', 'vendor-data', 'network-config'];
    const answers = await Promise.all(
      documents.map((document) => bench.ask(`/seed/${boot.id}/${document}`, ipv4('127.0.0.104'))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const others = await Promise.all(
      documents.flatMap((document) =>
        ['127.0.0.105', '127.0.0.1'].map((from) => bench.ask(`/seed/${boot.id}/${document}`, ipv4(from))),
      ),
    );
    expect(others.reduce((bytes, { body }) => bytes + body.length, 0)).toBe(0);
  });

  it('are gone once the machine said hello', async () => {
    const boot = newBoot({ mac: mac(5), purpose: 'discovery', image: 'debian/12' }, new Date(), 60_000);
    await bench.store.boots.open(boot);
    await bench.store.events.append({ at: boot.openedAt, kind: 'boot.opened', message: '' });
    await expect.poll(() => bench.directory.known(mac(5), new Date())?.kind).toBe('network');
    bench.lease(mac(5), ipv4('127.0.0.106'));
    await bench.ask(`/boot/${hyphens(5)}.ipxe`, ipv4('127.0.0.106'));
    bench.directory.consumed(boot.id);
    expect((await bench.ask(`/seed/${boot.id}/user-data`, ipv4('127.0.0.106'))).status).toBe(404);
  });
});

describe('the log', () => {
  it('names the pattern, never the URL', () => {
    const routes = new Set(bench.events.map(({ route }) => route));
    expect([...routes].every((route) => route === '(none)' || /^\/[a-z{}/.0-9]+$/.test(route))).toBe(true);
    expect(JSON.stringify(bench.events)).not.toMatch(/[0-9a-f]{32}/);
  });
});

function knownMachine(id: string, last: number) {
  const at = new Date().toISOString();
  return {
    id,
    version: 1,
    name: id,
    site: 'main',
    state: 'Ready',
    identity: {
      uuid: `00000000-0000-4000-8000-0000000000${last.toString().padStart(2, '0')}`,
      serial: id,
      macs: [mac(last)],
    },
    firmware: 'bios',
    arch: 'amd64',
    power: { driver: 'manual' },
    observedPower: { state: 'off', at },
    layers: [],
    createdAt: at,
    updatedAt: at,
  } as const;
}
