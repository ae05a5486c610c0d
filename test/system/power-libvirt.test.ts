import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf } from '../../model/index.ts';
import { createBmcQueue, createPower, type PowerDriver } from '../../power/index.ts';
import { type Libvirtd, startLibvirtd } from '../fixtures/libvirtd.ts';
import { keptSecrets } from '../power/kept-secrets.ts';

/** A real libvirtd and a real QEMU, which interprets: no KVM is needed. */
let libvirtd: Libvirtd;
beforeAll(async () => {
  libvirtd = await startLibvirtd();
});
afterAll(() => libvirtd?.stop());

const machine = { name: 'r1-u1', firmware: 'bios', identity: { serial: 'SN1' } } as const;

function driver(changes: { uri?: string; domain?: string } = {}): PowerDriver {
  const { uri, domain, binDirectories, environment } = libvirtd;
  const queue = createBmcQueue();
  const timing = { confirmMs: 20_000, pollMs: 50 };
  return createPower({ queue, secrets: keptSecrets(), timing, binDirectories, environment }).driverFor(
    { driver: 'libvirt', uri, domain, ...changes },
    machine,
  );
}
const done = (sent: boolean) => ({ kind: 'done', sent });

it('switches a virtual machine on, over, and off; what is already so is not sent', async () => {
  const it = driver();
  expect(await it.query()).toBe('off');
  expect(await it.off()).toEqual(done(false));
  expect(await it.on()).toEqual(done(true));
  expect(await libvirtd.virsh('domstate', libvirtd.domain)).toBe('running');
  expect(await it.on()).toEqual(done(false));
  expect(await it.reset()).toEqual(done(true));
  const before = await libvirtd.virsh('domid', libvirtd.domain);
  expect(await it.cycle()).toEqual(done(true));
  expect(await libvirtd.virsh('domid', libvirtd.domain)).not.toBe(before);
  expect(await it.off()).toEqual(done(true));
  expect(await it.reset()).toEqual(done(true));
  expect(await it.off()).toEqual(done(true));
});

it('tells a paused one as on: it has its memory', async () => {
  const it = driver();
  await it.on();
  await libvirtd.virsh('suspend', libvirtd.domain);
  expect(await it.query()).toBe('on');
  await libvirtd.virsh('resume', libvirtd.domain);
  await it.off();
});

it('sends one order when five ask for the same at once', async () => {
  const it = driver();
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => it.on()));
  expect(outcomes.filter((outcome) => outcome.kind === 'done' && outcome.sent)).toHaveLength(1);
  await it.off();
});

it('says which domain is not there, and that nobody answers', async () => {
  await expect(driver({ domain: 'nobody' }).query()).rejects.toThrow(/nobody/);
  expect(await driver({ domain: 'nobody' }).query().catch(codeOf)).toBe('BMC_COMMAND_FAILED');
  const away = driver({ uri: 'qemu+tls://127.0.0.1:1/system' });
  expect(await away.query().catch(codeOf)).toMatch(/^BMC_(UNREACHABLE|CERTIFICATE_REFUSED)$/);
});

it("looks at libvirt's own test driver", async () => {
  expect(await driver({ uri: 'test:///default', domain: 'test' }).query()).toBe('on');
});
