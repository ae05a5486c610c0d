import { expect, it } from 'vitest';
import { seedDocument } from '../../../boot/http/seed-route.ts';
import { newBoot } from '../../../boot/index.ts';
import { CodedError } from '../../../model/index.ts';
import { ipv4 } from '../../../net/index.ts';
import { bootBench, mac } from '../../fixtures/boot-bench.ts';

it('boot answers go on from memory while the database is away', async () => {
  const bench = await bootBench();
  try {
    const boot = newBoot(
      { mac: mac(1), purpose: 'deploy', image: 'debian/12', machineId: 'm-1' },
      new Date(),
      60_000,
    );
    await bench.store.boots.open(boot);
    await bench.store.events.append({ at: boot.openedAt, kind: 'boot.opened', message: '' });
    await expect.poll(() => bench.directory.known(mac(1), new Date())?.kind).toBe('network');
    bench.lease(mac(1), ipv4('127.0.0.101'));
    bench.lease(mac(2), ipv4('127.0.0.102'));

    await bench.store.close();
    const [known, unknown, file] = await Promise.all([
      bench.ask('/boot/52-54-00-00-00-01.ipxe', ipv4('127.0.0.101')),
      bench.ask('/boot/52-54-00-00-00-02.ipxe', ipv4('127.0.0.102')),
      bench.ask(`/artefacts/${bench.image.files['boot-kernel'].sha256}`, ipv4('127.0.0.101')),
    ]);
    expect(known).toMatchObject({ status: 200, body: expect.stringContaining(`/seed/${boot.id}/`) });
    expect(unknown).toMatchObject({ status: 200, body: expect.stringContaining('/seed/') });
    expect(file).toMatchObject({ status: 200, body: 'kernel' });
    // A token that nobody could check later is not handed out: the machine asks again.
    expect((await bench.ask(`/seed/${boot.id}/user-data`, ipv4('127.0.0.101'))).status).toBe(503);
  } finally {
    await bench.close();
  }
});

it('a seed is answered late rather than refused when the database is away for a moment', async () => {
  const bench = await bootBench();
  try {
    const client = ipv4('127.0.0.103');
    const boot = newBoot({ mac: mac(3), purpose: 'deploy', image: 'debian/12' }, new Date(), 60_000);
    await bench.store.boots.open(boot);
    await bench.store.events.append({ at: boot.openedAt, kind: 'boot.opened', message: '' });
    await expect.poll(() => bench.directory.bootById(boot.id, new Date())?.id).toBe(boot.id);
    bench.directory.bindAddress(boot, client);
    const kept: string[] = [];
    const seed = (failures: number, code: 'STORE_UNAVAILABLE' | 'INTERNAL') => {
      let left = failures;
      const keepToken = async (_boot: string, tokenHash: string) => {
        if (left-- > 0) throw new CodedError(code, 'away');
        kept.push(tokenHash);
      };
      return seedDocument({ ...bench.options, keepToken }, boot.id, 'user-data', client);
    };
    expect(await seed(2, 'STORE_UNAVAILABLE')).toContain('/hello');
    expect(kept).toHaveLength(1);
    await expect(seed(1, 'INTERNAL')).rejects.toMatchObject({ code: 'INTERNAL' });
    const began = performance.now();
    await expect(seed(Infinity, 'STORE_UNAVAILABLE')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    // cloud-init waits for 5 s, and its next try makes another token.
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(kept).toHaveLength(1);
  } finally {
    await bench.close();
  }
});
