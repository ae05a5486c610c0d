import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ObservedPower, type PowerParameters, Secret } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import {
  createBmcQueue,
  createPower,
  makeBmcPassword,
  type PowerDriver,
  startPowerPolling,
} from '../../power/index.ts';
import { type IpmiSim, startIpmiSim } from '../fixtures/ipmi-sim.ts';
import type { Watched } from '../fixtures/watch-processes.ts';
import { keptSecrets } from '../power/kept-secrets.ts';

let bmc: IpmiSim;
beforeEach(async () => {
  bmc = await startIpmiSim();
});
afterEach(() => bmc.stop());

type Ipmi = Extract<PowerParameters, { driver: 'ipmi' }>;
const coded = (code: string) => expect.objectContaining({ code });
const machine = { name: 'r1-u1', firmware: 'uefi', identity: { serial: 'SN1' } } as const;

function power(passwords: Readonly<Record<string, string>> = {}, queue = createBmcQueue()) {
  const all = { right: bmc.password, wrong: 'wrong', ...passwords };
  const secrets = keptSecrets(
    Object.fromEntries(Object.entries(all).map(([id, password]) => [`${id}/password`, password])),
  );
  const drivers = createPower({
    queue,
    secrets,
    timing: { confirmMs: 2_000, pollMs: 20 },
  });
  return { ...drivers, secrets };
}

function parameters(changes: Partial<Ipmi> = {}): Ipmi {
  const { address, port, username } = bmc;
  return { driver: 'ipmi', address, port, username, passwordSecret: 'right', cipherSuite: 3, ...changes };
}

const driver = (changes: Partial<Ipmi> = {}): PowerDriver => power().driverFor(parameters(changes), machine);
const done = (sent: boolean) => ({ kind: 'done', sent });

describe('power by IPMI', () => {
  it('switches on and off, confirmed, and sends nothing for what is already so', async () => {
    const it = driver();
    expect(await it.query()).toBe('off');
    expect(await it.off()).toEqual(done(false));
    expect(await it.on()).toEqual(done(true));
    expect(await it.query()).toBe('on');
    expect(await it.on()).toEqual(done(false));
    expect(await it.off()).toEqual(done(true));
    expect(await bmc.orders()).toEqual(['power 1', 'power 0']);
  });

  it('sends one order when five ask for the same at once', async () => {
    const it = driver();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => it.on()));
    expect(outcomes.filter((outcome) => outcome.kind === 'done' && outcome.sent)).toHaveLength(1);
    expect(await bmc.orders()).toEqual(['power 1']);
  });

  it('cycles and resets with one start each, from on and from off', async () => {
    const it = driver();
    expect(await it.cycle()).toEqual(done(true));
    expect(await it.cycle()).toEqual(done(true));
    expect(await it.reset()).toEqual(done(true));
    await bmc.setPower('off');
    expect(await it.reset()).toEqual(done(true));
    expect(await bmc.orders()).toEqual(['power 1', 'power 0', 'power 1', 'reset 1', 'power 1']);
  });

  it('orders one boot from the network', async () => {
    expect(await driver().bootFromNetworkOnce()).toEqual(done(true));
    expect(await bmc.orders()).toEqual(['boot pxe']);
  });

  it('says so when the order was taken and nothing happened', async () => {
    await bmc.unplug();
    await expect(driver().on()).rejects.toThrow(coded('BMC_COMMAND_FAILED'));
    expect(await bmc.orders()).toEqual(['power 1']);
  });

  it('tells a wrong password, a wrong user, a refused cipher suite and a missing secret apart', async () => {
    await expect(driver({ passwordSecret: 'wrong' }).query()).rejects.toThrow(coded('BMC_LOGIN_REFUSED'));
    await expect(driver({ username: 'nobody' }).query()).rejects.toThrow(coded('BMC_LOGIN_REFUSED'));
    await expect(driver({ cipherSuite: 17 }).query()).rejects.toThrow(coded('BMC_CIPHER_REFUSED'));
    await expect(driver({ passwordSecret: 'none' }).query()).rejects.toThrow(coded('BMC_LOGIN_REFUSED'));
  });

  it('gives up a BMC that is silent, and one that is not there, in bounded time', async () => {
    const silent = createSocket('udp4').bind(6231, '127.0.0.42');
    await once(silent, 'listening');
    const began = performance.now();
    const there = driver({ address: ipv4('127.0.0.42'), port: 6231 });
    const absent = driver({ address: ipv4('127.0.0.43'), port: 6231 });
    await Promise.all([
      expect(there.bootFromNetworkOnce()).rejects.toThrow(coded('BMC_UNREACHABLE')),
      expect(absent.bootFromNetworkOnce()).rejects.toThrow(coded('BMC_UNREACHABLE')),
    ]);
    expect(performance.now() - began).toBeLessThan(20_000);
    silent.close();
  });

  it('stops with the reason of its signal', async () => {
    const silent = createSocket('udp4').bind(6231, '127.0.0.42');
    await once(silent, 'listening');
    const controller = new AbortController();
    const asked = driver({ address: ipv4('127.0.0.42'), port: 6231 }).query({ signal: controller.signal });
    await once(silent, 'message');
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    silent.close();
  });

  it('shows the password in no argument and no environment, and leaves no file of it', async () => {
    const worker = new Worker(new URL('../fixtures/watch-processes.ts', import.meta.url), {
      workerData: { canary: bmc.password, program: 'ipmitool' },
    });
    await once(worker, 'message');
    const it = driver();
    for (let call = 0; call < 100; call++) await it.query();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
    worker.postMessage('stop');
    const [watched] = (await once(worker, 'message')) as [Watched];
    await worker.terminate();
    expect(watched.leaks).toEqual([]);
    expect(watched.seen).toBeGreaterThanOrEqual(95);
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith('rw-bmc-'))).toEqual([]);
    console.log(`100 power calls, ${watched.sweeps} sweeps, ${watched.seen} ipmitool seen, 0 canaries`);
  });
});

describe('adopting a BMC', () => {
  /** The in-band interface is the same command set; here it goes by LAN, as the factory's administrator. */
  const inBand = async (words: readonly string[], options: { readonly input?: string }) => {
    const access = `ipmitool -I lanplus -H ${bmc.address} -p ${bmc.port} -U ${bmc.username} -E -C 3 -N 1`;
    // No KCS here: the device is there, and ipmitool takes the other way.
    const there = (word: string) =>
      word.replaceAll('-c /dev/ipmi0', '-c /dev/null').replaceAll('ipmitool ', `${access} `);
    const [program = '', ...rest] = words.map(there);
    const { exitCode, stdout, stderr } = await execa(program, rest, {
      env: { IPMI_PASSWORD: bmc.password },
      reject: false,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  };

  it('finds it, makes our user with its random password, and proves it from outside; twice is once', async () => {
    await bmc.stop();
    bmc = await startIpmiSim({ port: 623 });
    const password = makeBmcPassword();
    expect(password.reveal()).toMatch(/^[A-Za-z0-9]{20}$/);
    const drivers = power({ ours: password.reveal() });
    for (let time = 0; time < 2; time++) {
      const adopted = await drivers.adopt({ run: inBand, password, secretId: 'ours' });
      expect(adopted).toEqual({
        bmc: { kind: 'ipmi', address: bmc.address, mac: '52:54:00:bc:00:01', firmware: expect.any(String) },
        power: {
          driver: 'ipmi',
          address: bmc.address,
          port: 623,
          username: 'rackwright',
          passwordSecret: 'ours',
          cipherSuite: 3,
        },
        // ipmi_sim tells that it has suites 1 to 15, and lets in by 0 whoever asks.
        findings: [expect.stringContaining('cipher suite 0')],
      });
      // ipmi_sim takes no more than 16 characters.
      expect(drivers.secrets.all.get('ours/password')).toBe(password.reveal().slice(0, 16));
      if (!adopted) throw new Error('nothing adopted');
      const ours = drivers.driverFor(adopted.power, machine);
      await ours.on();
      await ours.bootFromNetworkOnce();
      await ours.off();
    }
    expect(await bmc.orders()).toEqual(['power 1', 'boot pxe', 'power 0', 'power 1', 'boot pxe', 'power 0']);
    const { stdout } = await inBand(['sh', '-c', 'ipmitool user list 1'], {});
    expect(stdout.match(/rackwright/g)).toHaveLength(1);
  });

  it('puts another password in its place; killed at any step, the BMC is reachable, and it goes on', async () => {
    await bmc.stop();
    bmc = await startIpmiSim({ port: 623 });
    const first = makeBmcPassword();
    const { secrets, ...drivers } = power();
    const adopted = await drivers.adopt({ run: inBand, password: first, secretId: 'ours' });
    if (!adopted) throw new Error('nothing adopted');
    const before = secrets.all.get('ours/password') ?? '';
    const ours = drivers.driverFor(adopted.power, machine);
    /** What touches the world on the way: two looks and a change in-band, a query, and what is kept. */
    let left = Number.POSITIVE_INFINITY;
    const mayDie = () => {
      if (left-- === 0) throw new Error('killed');
    };
    const mortal = createPower({
      queue: createBmcQueue(),
      secrets: {
        get: (id, field) => secrets.get(id, field),
        put: async (id, field, value) => {
          mayDie();
          await secrets.put(id, field, value);
          mayDie();
        },
      },
    });
    const run: typeof inBand = async (words, options) => {
      mayDie();
      const ran = await inBand(words, options);
      mayDie();
      return ran;
    };
    let kills = 0;
    for (let step = 0; ; step++) {
      left = step;
      const ended = await mortal.rotate({ run, power: adopted.power }).catch((error: Error) => error.message);
      expect(await ours.query()).toMatch(/^(on|off)$/);
      if (ended === true) break;
      expect(ended).toBe('killed');
      kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(8);
    const now = secrets.all.get('ours/password') ?? '';
    expect(now).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(now).not.toBe(before);
    await secrets.put('old', 'password', new Secret(before));
    const old = drivers.driverFor({ ...adopted.power, passwordSecret: 'old' }, machine);
    expect(await old.query().catch(codeOf)).toBe('BMC_LOGIN_REFUSED');
    console.log(
      `rotation killed at ${kills} steps: reachable after each, the old password refused at the end`,
    );
  });
});

it('is polled: switched off and on by hand, silent, and back', async () => {
  const stop = new AbortController();
  const seen: ObservedPower[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  let time = Date.UTC(2026, 0, 1);
  const drivers = power({}, createBmcQueue({ now: () => time }));
  const polling = startPowerPolling({
    machines: () => Promise.resolve([{ ...machine, id: 'm-1', power: parameters() }]),
    driverFor: (parameters, polled) => drivers.driverFor(parameters, polled),
    async record(id, observed) {
      expect(id).toBe('m-1');
      seen.push(observed);
      if (seen.length === 1) await bmc.setPower('on');
      if (seen.length === 2) await bmc.setPower('off');
      if (seen.length === 3) await bmc.stop();
      if (seen.length === 4) bmc = await startIpmiSim();
      if (seen.length === 5) resolve();
    },
    signal: stop.signal,
    now: () => time,
    wait: async () => {
      time += 10_000;
      await new Promise((next) => setImmediate(next));
    },
  });
  await enough;
  stop.abort();
  await polling;
  expect(seen.slice(0, 5).map(({ state }) => state)).toEqual(['off', 'on', 'off', 'unknown', 'off']);
  expect(seen[3]).toMatchObject({ source: 'ipmi', error: expect.stringContaining('does not answer') });
});
