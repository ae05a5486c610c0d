import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MachineRecord, Secret, type Step } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import type { Store } from '../../store/index.ts';
import { hostileStrings } from './hostile-strings.ts';
import { releaseContract } from './release-contract.ts';
import { scriptsContract } from './scripts-contract.ts';
import { timelineContract } from './timeline-contract.ts';
import { boot, inventory, mac, machine, operation, plan, subnet } from './records.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Ends the store and returns everything that it left behind, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

const at = '2026-11-22T10:00:00.000Z';
const minutes = (count: number) => new Date(Date.parse(at) + count * 60_000);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What both databases promise. */
export function storeContract(open: () => Promise<StoreUnderTest>): void {
  let opened: StoreUnderTest;
  let store: Store;
  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  }, 120_000);
  afterAll(() => opened?.close());

  const eventsSince = async (cursor: number, machineId?: string) =>
    store.events.after(cursor, { limit: 1_000, ...(machineId === undefined ? {} : { machineId }) });

  describe('machines', () => {
    test('are found by id, name and MAC', async () => {
      const one = machine('found-1', {
        name: 'rack-7',
        identity: { uuid: 'u-found', serial: 's-found', macs: [mac(0x100), mac(0x101)] },
      });
      await store.machines.record(one);
      expect(await store.machines.get('found-1')).toEqual(one);
      expect(await store.machines.find('rack-7')).toEqual([one]);
      expect(await store.machines.find('found-1')).toEqual([one]);
      expect(await store.machines.byMac(mac(0x101))).toEqual(one);
      expect(await store.machines.byMac(mac(0x102))).toBeUndefined();
      expect(await store.machines.get('nobody')).toBeUndefined();
    });

    test('an older or equal version changes nothing and says nothing', async () => {
      const newer = machine('version-1', { version: 5, state: 'Ready' });
      await store.machines.record(newer);
      const cursor = await store.events.latestCursor();
      await store.machines.record({ ...newer, version: 4, state: 'Deploying', name: 'other' });
      await store.machines.record({ ...newer, state: 'Deployed' });
      expect(await store.machines.get('version-1')).toEqual(newer);
      expect(await eventsSince(cursor)).toEqual([]);
    });

    test('any order and any repetition of versions ends in the highest', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
          async (versions) => {
            run += 1;
            const id = `property-${run}`;
            const of = (version: number): MachineRecord =>
              machine(id, {
                version,
                state: version % 2 ? 'Ready' : 'Deployed',
                identity: { uuid: '', serial: '', macs: [mac(0x10_000 + run * 256 + version)] },
              });
            await Promise.all(versions.map((version) => store.machines.record(of(version))));
            const highest = Math.max(...versions);
            expect(await store.machines.get(id)).toEqual(of(highest));
            expect((await store.machines.byMac(of(highest).identity.macs[0] as never))?.id).toBe(id);
            for (const version of versions.filter((version) => version !== highest)) {
              expect(await store.machines.byMac(of(version).identity.macs[0] as never)).toBeUndefined();
            }
          },
        ),
        { numRuns: 25 },
      );
    });

    test('a change of state is an event in the same transaction', async () => {
      const cursor = await store.events.latestCursor();
      const one = machine('state-1');
      await store.machines.record(one);
      await store.machines.record({ ...one, version: 2, name: 'renamed' });
      await store.machines.record({ ...one, version: 3, state: 'Commissioning' });
      const events = await eventsSince(cursor, 'state-1');
      expect(events.map(({ kind, data }) => [kind, data])).toEqual([
        ['machine.state', { state: 'New' }],
        ['machine.state', { state: 'Commissioning', from: 'New' }],
      ]);
    });

    test('the MAC of another machine is a conflict that changes nothing', async () => {
      const macs = [mac(0x200)];
      const first = machine('mac-1', { identity: { uuid: 'a', serial: 'a', macs } });
      await store.machines.record(first);
      const cursor = await store.events.latestCursor();
      const second = machine('mac-2', { identity: { uuid: 'b', serial: 'b', macs } });
      await expect(store.machines.record(second)).rejects.toMatchObject({
        code: 'MACHINE_IDENTITY_CONFLICT',
        details: { otherMachineId: 'mac-1' },
      });
      expect(await store.machines.get('mac-2')).toBeUndefined();
      expect(await store.machines.byMac(mac(0x200))).toEqual(first);
      expect(await eventsSince(cursor)).toEqual([]);
    });

    test('resembling finds who shares a MAC, the UUID or the serial, but no placeholder', async () => {
      const like = (id: string, identity: MachineRecord['identity']) => machine(id, { identity });
      await store.machines.record(like('alike-1', { uuid: 'alike-uuid', serial: 'None', macs: [] }));
      await store.machines.record(like('alike-2', { uuid: '', serial: 'alike-serial', macs: [] }));
      await store.machines.record(like('alike-3', { uuid: 'z', serial: 'None', macs: [mac(0x300)] }));
      await store.machines.record(like('alike-4', { uuid: 'y', serial: 'None', macs: [mac(0x301)] }));
      const found = await store.machines.resembling({
        uuid: 'alike-uuid',
        serial: 'alike-serial',
        macs: [mac(0x300), mac(0x302)],
      });
      expect(found.map(({ id }) => id)).toEqual(['alike-1', 'alike-2', 'alike-3']);
      expect(await store.machines.resembling({ uuid: '', serial: 'None', macs: [] })).toEqual([]);
    });

    test('are listed in pages by id', async () => {
      for (const id of ['page-b', 'page-C', 'page-a']) await store.machines.record(machine(id));
      const page = await store.machines.list({ after: 'page', limit: 2 });
      expect(page.map(({ id }) => id)).toEqual(['page-C', 'page-a']);
      const next = await store.machines.list({ after: 'page-a', limit: 1 });
      expect(next.map(({ id }) => id)).toEqual(['page-b']);
    });
  });

  describe('operations', () => {
    const step = (name: string, state: Step['state']): Step => ({ name, state, startedAt: at });

    test('keep the highest version and tell which steps began and ended', async () => {
      const id = 'op-1/deploy/1';
      const cursor = await store.events.latestCursor();
      await store.operations.record(operation(id, { steps: [step('erase', 'running')] }));
      await store.operations.record(
        operation(id, { version: 3, steps: [step('erase', 'done'), step('write', 'running')] }),
      );
      await store.operations.record(operation(id, { version: 2, steps: [step('erase', 'failed')] }));
      const ended = operation(id, {
        version: 4,
        state: 'failed',
        steps: [step('erase', 'done'), step('write', 'failed')],
        failure: { code: 'STEP_DEADLINE', message: 'Writing took too long.' },
      });
      await store.operations.record(ended);
      expect(await store.operations.get(id)).toEqual(ended);
      const events = await eventsSince(cursor, 'op-1');
      expect(events.map(({ kind, message }) => `${kind} ${message}`)).toEqual([
        'operation.begin deploy debian/12: begun.',
        'operation.step erase: begun.',
        'operation.step erase: done.',
        'operation.step write: begun.',
        'operation.step write: failed.',
        'operation.end deploy debian/12: failed. Writing took too long.',
      ]);
    });

    test('are listed newest first', async () => {
      for (const number of [1, 2, 3]) {
        await store.operations.record(
          operation(`op-2/deploy/${number}`, { startedAt: minutes(number).toISOString() }),
        );
      }
      const found = await store.operations.ofMachine('op-2', 2);
      expect(found.map(({ id }) => id)).toEqual(['op-2/deploy/3', 'op-2/deploy/2']);
    });

    test('a log that is appended again has each line once', async () => {
      const lines = Array.from({ length: 2_500 }, (_, index) => ({
        offset: (index + 1) * 10,
        line: `line ${index}`,
      }));
      await store.operations.appendLog('op-3', 'write', lines.slice(0, 1_500));
      await store.operations.appendLog('op-3', 'write', lines);
      await store.operations.appendLog('op-3', 'verify', [{ offset: 4, line: 'ok\n' }]);
      await store.operations.appendLog('op-3', 'verify', []);
      expect(await store.operations.log('op-3', 'write')).toEqual(lines);
      expect(await store.operations.log('op-3', 'write', { afterOffset: 24_980, limit: 1 })).toEqual([
        { offset: 24_990, line: 'line 2498' },
      ]);
      expect(await store.operations.lastLines('op-3')).toEqual({ write: 'line 2499', verify: 'ok\n' });
    });

    test('an intent serves one boot, as often as that boot asks', async () => {
      expect(await store.operations.consumeIntent('op-4', 'boot-a')).toBe(true);
      expect(await store.operations.consumeIntent('op-4', 'boot-b')).toBe(false);
      expect(await store.operations.consumeIntent('op-4', 'boot-a')).toBe(true);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.operations.consumeIntent('op-5', `boot-${index}`)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
    });
  });

  describe('boots', () => {
    test('marks a boot in which programs of an image run; the first time stays', async () => {
      await store.boots.open(boot('taint', { mac: mac(0x4ff) }));
      expect(await store.boots.taint('taint', minutes(1))).toBe(true);
      expect(await store.boots.taint('taint', minutes(2))).toBe(true);
      expect((await store.boots.get('taint'))?.taintedAt).toBe(minutes(1).toISOString());
      expect(await store.boots.taint('nobody', minutes(1))).toBe(false);
    });

    test('a new boot ends the open ones of the same MAC, and opening again changes nothing', async () => {
      const first = boot('boot-1', { mac: mac(0x400) });
      const second = boot('boot-2', { mac: mac(0x400), openedAt: minutes(1).toISOString() });
      const other = boot('boot-3', { mac: mac(0x401), machineId: 'm-boot' });
      for (const each of [first, second, other, first]) await store.boots.open(each);
      const open = await store.boots.openBoots(minutes(2));
      expect(open.filter(({ id }) => /^boot-[123]$/.test(id))).toEqual([second, other]);
      expect(await store.boots.openBoots(minutes(15))).toEqual([]);
      expect(await store.boots.get('boot-1')).toEqual({ ...first, expiresAt: second.openedAt });
      expect(await store.boots.latestOfMachine('m-boot')).toEqual(other);
    });

    test('many at once for one MAC leave one open', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.boots.open(boot(`race-${index}`, { mac: mac(0x402) })),
        ),
      );
      const open = await store.boots.openBoots(minutes(1));
      expect(open.filter(({ mac: own }) => own === mac(0x402))).toHaveLength(1);
    });

    test('a sign of life is never moved', async () => {
      await store.boots.open(boot('signs', { mac: mac(0x403) }));
      expect(await store.boots.sign('signs', 'dhcp', minutes(1))).toBe(true);
      expect(await store.boots.sign('signs', 'kernel', minutes(2))).toBe(true);
      expect(await store.boots.sign('signs', 'dhcp', minutes(3))).toBe(false);
      expect(await store.boots.sign('nobody', 'dhcp', minutes(3))).toBe(false);
      expect((await store.boots.get('signs'))?.signs).toEqual({
        dhcp: minutes(1).toISOString(),
        kernel: minutes(2).toISOString(),
      });
    });

    test('200 hellos at once with one token: one accepted, 199 refused', async () => {
      const tokenHash = sha256('token-1');
      await store.boots.open(boot('hello-1', { mac: mac(0x404), tokenHash }));
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          store.boots.consume('hello-1', tokenHash, sha256(`keys-${index}`), minutes(1)),
        ),
      );
      expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'refused')).toHaveLength(199);
    });

    test('200 times the same hello at once: one accepted, 199 repeated', async () => {
      const tokenHash = sha256('token-2');
      await store.boots.open(boot('hello-2', { mac: mac(0x405), tokenHash }));
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => store.boots.consume('hello-2', tokenHash, 'same', minutes(1))),
      );
      expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'repeated')).toHaveLength(199);
    });

    test('a hello is refused with another token, too late, and repeated after a minute', async () => {
      await store.boots.open(boot('hello-3', { mac: mac(0x406) }));
      const consume = (token: string, at: Date) => store.boots.consume('hello-3', token, 'keys', at);
      expect(await consume('hash', minutes(1))).toBe('refused');
      await store.boots.bind('hello-3', {
        tokenHash: 'hash',
        address: ipv4('10.78.0.100'),
        firmware: 'bios',
      });
      expect(await consume('other', minutes(1))).toBe('refused');
      expect(await consume('hash', minutes(15))).toBe('refused');
      expect(await consume('hash', minutes(2))).toBe('accepted');
      expect(await consume('hash', new Date(minutes(3).getTime() - 1))).toBe('repeated');
      expect(await consume('hash', minutes(3))).toBe('refused');
      // After it was used, a boot learns whose it is, but takes no new token.
      await store.boots.bind('hello-3', { tokenHash: 'fresh', machineId: 'm-3' });
      expect(await store.boots.get('hello-3')).toEqual({
        ...boot('hello-3', { mac: mac(0x406) }),
        machineId: 'm-3',
        tokenHash: 'hash',
        address: '10.78.0.100',
        firmware: 'bios',
        consumedAt: minutes(2).toISOString(),
      });
      expect((await store.boots.openBoots(minutes(2))).map(({ id }) => id)).not.toContain('hello-3');
    });
  });

  describe('plans and inventories', () => {
    test('an operation keeps its one plan', async () => {
      await store.plans.add('op-6', plan, 'digest-1');
      await store.plans.add('op-6', plan, 'digest-1');
      await expect(store.plans.add('op-6', plan, 'digest-2')).rejects.toMatchObject({ code: 'PLAN_STALE' });
      expect(await store.plans.get('op-6')).toEqual({ plan, digest: 'digest-1' });
      expect(await store.plans.get('op-7')).toBeUndefined();
    });

    test('the latest inventory is given', async () => {
      await store.inventories.add('m-6', 'op-1', inventory, minutes(1));
      const grown = { ...inventory, memory: { bytes: 2 ** 40, modules: [] } };
      await store.inventories.add('m-6', 'op-2', inventory, minutes(2));
      await store.inventories.add('m-6', 'op-2', grown, minutes(3));
      expect(await store.inventories.latest('m-6')).toEqual({
        inventory: grown,
        at: minutes(3).toISOString(),
      });
      expect(await store.inventories.latest('m-7')).toBeUndefined();
    });
  });

  describe('subnets', () => {
    test('are put and listed by name', async () => {
      await store.subnets.put(subnet('b'));
      await store.subnets.put(subnet('a'));
      const changed = subnet('b', { discovery: 'off' });
      await store.subnets.put(changed);
      expect(await store.subnets.list()).toEqual([subnet('a'), changed]);
      expect(await store.subnets.get('b')).toEqual(changed);
      expect(await store.subnets.get('c')).toBeUndefined();
    });

    test('static addresses: lowest free, kept, never twice, not ours, and an end', async () => {
      const range = { first: ipv4('10.78.0.8'), last: ipv4('10.78.0.19') };
      // The range covers our own address and the gateway: a slip of an operator that must not become a duplicate.
      const values = { static: range, serverAddress: ipv4('10.78.0.9'), gateway: ipv4('10.78.0.11') };
      await store.subnets.put(subnet('full', values));
      const ask = (index: number) => store.subnets.assignStatic('full', `m-${index}`);
      expect(await ask(0)).toBe('10.78.0.8');
      expect(await ask(0)).toBe('10.78.0.8');
      const given = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(index)));
      expect(new Set(given).size).toBe(10);
      expect(given).not.toContain('10.78.0.9');
      expect(given).not.toContain('10.78.0.11');
      await expect(ask(10)).rejects.toMatchObject({ code: 'ADDRESS_EXHAUSTED' });
      await store.subnets.releaseStatic('m-4');
      expect(await ask(10)).toBe(given[4]);
      await expect(store.subnets.assignStatic('nowhere', 'm')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('images', () => {
    const file = { sha256: 'ab'.repeat(32), size: 1 };
    const image = (serial: string, kernel: string, flavour = 'generic') => ({
      kind: 'root' as const,
      name: 'ubuntu/24.04',
      os: 'ubuntu',
      version: '24.04',
      codename: 'noble',
      title: '24.04 LTS',
      arch: 'amd64' as const,
      kernel,
      flavour,
      serial,
      files: { 'boot-kernel': file, 'boot-initrd': file, squashfs: file },
      kernelPackage: 'linux-generic',
      stream: 'http://images/',
      syncedAt: at,
    });

    test('the newest serial wins, and among equals the generic GA kernel', async () => {
      const ga = image('20260707.10', 'ga-24.04');
      await store.images.put(image('20260707.9', 'ga-24.04'));
      await store.images.put(image('20260707.10', 'ga-24.04', 'lowlatency'));
      await store.images.put(image('20260707.10', 'hwe-24.04'));
      await store.images.put(ga);
      await store.images.put(ga);
      expect(await store.images.find('ubuntu/24.04', 'amd64')).toEqual(ga);
      expect(await store.images.find('ubuntu/24.04', 'arm64')).toBeUndefined();
      expect(await store.images.list()).toHaveLength(4);
    });

    test('a bootloader is replaced by its next version', async () => {
      const shim = {
        kind: 'grub-efi-signed',
        fileName: 'bootx64.efi',
        arch: 'amd64',
        serial: '1',
        file,
        stream: 'http://images/',
      } as const;
      await store.images.putBootloader(shim);
      await store.images.putBootloader({ ...shim, serial: '2' });
      expect(await store.images.bootloaders()).toEqual([{ ...shim, serial: '2' }]);
    });

    test('the date of a stream never goes back', async () => {
      expect(await store.images.streamDate('http://images/')).toBeUndefined();
      for (const minute of [2, 3, 1]) {
        await store.images.setStreamDate('http://images/', minutes(minute).toISOString());
      }
      expect(await store.images.streamDate('http://images/')).toBe(minutes(3).toISOString());
    });
  });

  describe('events', () => {
    test('are woken for, and come in order with what they were given', async () => {
      const cursor = await store.events.latestCursor();
      const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
      const stop = await store.events.subscribe(wake);
      const event = { at, kind: 'boot.refused', machineId: 'm-e', message: 'no', data: { count: 1 } };
      const appended = await store.events.append(event);
      await woken;
      await stop();
      expect(appended).toEqual({ cursor: expect.any(Number), ...event });
      expect(await eventsSince(cursor)).toEqual([appended]);
      expect(await store.events.latestCursor()).toBe(appended.cursor);
    });

    test('a reader that follows the cursor misses none of many writers', async () => {
      const count = 150;
      let cursor = await store.events.latestCursor();
      const seen: string[] = [];
      const { promise: all, resolve, reject } = Promise.withResolvers<void>();
      let reading: Promise<void> = Promise.resolve();
      const read = async () => {
        const events = await store.events.after(cursor, { limit: 20 });
        for (const event of events) {
          seen.push(event.machineId as string);
          cursor = event.cursor;
        }
        if (seen.length >= count) resolve();
        else if (events.length > 0) await read();
      };
      const stop = await store.events.subscribe(() => {
        reading = reading.then(read).catch(reject);
      });
      await Promise.all(
        Array.from({ length: count }, (_, index) => store.machines.record(machine(`follow-${index}`))),
      );
      await all;
      await stop();
      expect(seen.sort()).toEqual(Array.from({ length: count }, (_, index) => `follow-${index}`).sort());
    });
  });

  describe('what people and machines may say', () => {
    test(`${hostileStrings.length} hostile strings come back as they were given`, async () => {
      const before = (await store.machines.list()).length;
      const cursor = await store.events.latestCursor();
      for (const [index, text] of hostileStrings.entries()) {
        const one = machine(`hostile-${index}`, {
          name: text,
          identity: { uuid: text, serial: text, macs: [] },
          failure: { code: 'INTERNAL', message: text, details: { [text]: text } },
        });
        await store.machines.record(one);
        expect(await store.machines.get(one.id)).toEqual(one);
        expect((await store.machines.find(text)).map(({ name }) => name)).toContain(text);
        await store.operations.appendLog(`hostile-${index}`, 'step', [{ offset: 1, line: text }]);
        expect(await store.operations.log(`hostile-${index}`, 'step')).toEqual([{ offset: 1, line: text }]);
        await store.secrets.put(`hostile-${index}`, 'field', new Secret(text.toWellFormed()));
        const secret = await store.secrets.get(`hostile-${index}`, 'field');
        expect(secret?.reveal()).toBe(text.toWellFormed());
      }
      expect(await store.machines.list()).toHaveLength(before + hostileStrings.length);
      const events = await eventsSince(cursor);
      expect(events.map(({ message }) => message)).toEqual(
        hostileStrings.map((text) => `${text} is known now: New.`),
      );
    }, 120_000);
  });

  releaseContract(() => store);
  scriptsContract(() => store);

  describe('secrets', () => {
    test('are put, replaced, and deleted with all their fields', async () => {
      expect(await store.secrets.get('s-1', 'password')).toBeUndefined();
      await store.secrets.put('s-1', 'password', new Secret('one'));
      await store.secrets.put('s-1', 'password', new Secret('two'));
      await store.secrets.put('s-1', 'user', new Secret('root'));
      expect((await store.secrets.get('s-1', 'password'))?.reveal()).toBe('two');
      await store.secrets.put('s_1', 'user', new Secret('another'));
      expect(await store.secrets.ids('s-')).toEqual(['s-1']);
      expect(await store.secrets.ids('s_')).toEqual(['s_1']);
      expect(await store.secrets.ids('s%')).toEqual([]);
      await store.secrets.delete('s-1');
      expect(await store.secrets.get('s-1', 'password')).toBeUndefined();
      expect(await store.secrets.get('s-1', 'user')).toBeUndefined();
    });
  });

  test('ping answers', async () => {
    await store.ping(5_000);
  });

  timelineContract(() => store);

  // Last: it ends the store.
  test('what is left behind holds no secret and no token', async () => {
    const canaries = Array.from({ length: 20 }, () => `canary-${randomBytes(12).toString('hex')}`);
    for (const [index, canary] of canaries.entries()) {
      await store.secrets.put(`bmc/${index}`, 'password', new Secret(canary));
      await store.boots.open(boot(`canary-${index}`, { mac: mac(0x900 + index), tokenHash: sha256(canary) }));
    }
    await store.machines.record(machine('visible', { name: 'visible-marker' }));
    const left = await opened.dump();
    // The dump does see what may be seen.
    expect(left).toContain('visible-marker');
    expect(left).toContain(sha256(canaries[0] as string));
    for (const canary of canaries) {
      for (const spelling of [
        canary,
        Buffer.from(canary).toString('hex'),
        Buffer.from(canary).toString('base64').replace(/=+$/, ''),
      ]) {
        expect(left.includes(spelling)).toBe(false);
      }
    }
  });
}
