import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ipv4 } from '../../net/index.ts';
import {
  connect,
  type Host,
  type JobOptions,
  jobUnit,
  lines,
  readBootId,
  shell,
  type Target,
} from '../../remote/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { containerRack, type RackOfContainers } from '../fixtures/container-rack.ts';
import { type TcpRelay, tcpRelay } from '../fixtures/tcp-relay.ts';

let machines: RackOfContainers;
let target: Target;
beforeAll(async () => {
  machines = await containerRack(['jobs']);
  target = machines.target('jobs');
}, 600_000);
afterAll(() => machines?.close());

let relay: TcpRelay;
let host: Host;
/** Another connection, which nobody cuts: the test's own eyes and hands. */
let eyes: Host;
beforeEach(async () => {
  relay = await tcpRelay(target);
  host = await connect({ ...target, address: ipv4('127.0.0.1'), port: relay.port });
  eyes = await connect(target);
});
afterEach(async () => {
  host.close();
  eyes.close();
  await relay.close();
});

const coded = (code: string) => expect.objectContaining({ code });
const minute: JobOptions = { deadlineMs: 60_000 };

/** Collects lines, and lets a test wait for one of them. */
function reader() {
  const lines: string[] = [];
  const offsets: number[] = [];
  const waiting = new Map<string, () => void>();
  return {
    lines,
    offsets,
    onLine: (line: string, offset: number) => {
      lines.push(line);
      offsets.push(offset);
      waiting.get(line)?.();
    },
    said: (line: string) =>
      new Promise<void>((resolve) => {
        if (lines.includes(line)) resolve();
        waiting.set(line, resolve);
      }),
  };
}

/** Blocks on the machine until the test opens the other end. */
const gate = (name: string) => shell`mkfifo -m 600 ${`/run/${name}`}; read -r _ < ${`/run/${name}`}`;
const open = (name: string) =>
  eyes.run(shell`until [ -p ${`/run/${name}`} ]; do :; done; echo > ${`/run/${name}`}`);

describe('a job', () => {
  it('runs, tells its lines with their offsets, and gives its result again without running again', async () => {
    const script = lines(
      shell`echo ran >> /run/count-plain`,
      shell`echo one; printf 'two\\twords\\033[31m\\n'; echo three >&2`,
    );
    const read = reader();
    let alive = 0;
    const first = await host.job('plain', script, { ...minute, onLine: read.onLine, onAlive: () => alive++ });
    expect(first).toEqual({ exitCode: 0, startedHere: true, tail: 'one\ntwo\twords\nthree\n' });
    expect(read.lines).toEqual(['one', 'two\twords', 'three']);
    expect(read.offsets).toEqual([4, 19, 25]);
    expect(alive).toBeGreaterThan(0);
    const again = await host.job('plain', shell`echo another script`, {
      ...minute,
      offset: 19,
      onLine: read.onLine,
    });
    expect(again).toEqual({ exitCode: 0, startedHere: false, tail: 'one\ntwo\twords\nthree\n' });
    expect(read.lines).toEqual(['one', 'two\twords', 'three', 'three']);
    expect((await eyes.run(shell`cat /run/count-plain`)).stdout).toBe('ran\n');
  });

  it('reports the exit status, the signal that killed it, and the failing command of set -eu', async () => {
    expect(await host.job('seven', shell`exit 7`, minute)).toMatchObject({ exitCode: 7 });
    expect(await host.job('seven', shell`exit 7`, minute)).toMatchObject({ exitCode: 7, startedHere: false });
    expect(await host.job('killed', shell`kill -KILL $$`, minute)).toMatchObject({ exitCode: 137 });
    expect(await host.job('unset', shell`echo $NOWHERE; echo on`, minute)).toMatchObject({ exitCode: 2 });
    const failing = await host.job('failing', lines(shell`false`, shell`echo on`), minute);
    expect(failing).toMatchObject({ exitCode: 1, tail: '' });
  });

  it('gets its script and nasty values unchanged, and has no input', async () => {
    const script = lines(
      ...nastyStrings.map((value, index) => shell`printf '%s' ${value} | cksum | sed ${`s/^/${index} /`}`),
      shell`cat`,
    );
    const { exitCode, tail } = await host.job('nasty', script, minute);
    expect(exitCode).toBe(0);
    const last = nastyStrings.length - 1;
    const sum = await eyes.run(shell`printf '%s' ${nastyStrings[last] ?? ''} | cksum`);
    expect(tail.endsWith(`${last} ${sum.stdout}`)).toBe(true);
  });

  it('outlives the connection; the next one goes on from the offset: no line twice, none missed', async () => {
    const script = lines(
      shell`echo ran >> /run/count-long`,
      shell`seq 1 2000`,
      gate('long'),
      shell`seq 2001 4000; printf 'no newline'`,
    );
    const before = reader();
    const broken = host.job('long', script, { ...minute, onLine: before.onLine });
    await before.said('2000');
    relay.cut();
    await expect(broken).rejects.toThrow(coded('SSH_UNREACHABLE'));
    await open('long');

    const later = await connect({ ...target, address: ipv4('127.0.0.1'), port: relay.port });
    const after = reader();
    const offset = before.offsets[1234] ?? 0;
    const result = await later.job('long', script, { ...minute, offset, onLine: after.onLine });
    later.close();
    expect(result).toMatchObject({ exitCode: 0, startedHere: false });
    expect([...before.lines.slice(0, 1235), ...after.lines]).toEqual([
      ...Array.from({ length: 4000 }, (_, index) => String(index + 1)),
      'no newline',
    ]);
    expect((await eyes.run(shell`cat /run/count-long`)).stdout).toBe('ran\n');
  });

  it('is left alone by an aborted call, which stops with the reason of its signal', async () => {
    const controller = new AbortController();
    const read = reader();
    const script = lines(shell`echo here`, gate('aborted'), shell`echo done`);
    const call = host.job('aborted', script, { ...minute, onLine: read.onLine, signal: controller.signal });
    await read.said('here');
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await open('aborted');
    const result = await host.job('aborted', script, minute);
    expect(result).toEqual({ exitCode: 0, startedHere: false, tail: 'here\ndone\n' });
  });

  it('is stopped at its deadline, counted from its own start, with all its children', async () => {
    const script = shell`sleep 1000 & sleep 1001; wait`;
    const options = { deadlineMs: 2000 };
    await expect(host.job('late', script, options)).rejects.toThrow(coded('STEP_DEADLINE'));
    await expect(host.job('late', script, options)).rejects.toThrow(coded('STEP_DEADLINE'));
    expect((await eyes.run(shell`pgrep -f 'sleep 100[01]' || echo none`)).stdout).toMatch(/none|not found/);
    expect((await eyes.run(shell`systemctl is-active ${jobUnit('late')}`)).stdout).toBe('inactive\n');
  });

  it('can be stopped from outside', async () => {
    const read = reader();
    const job = host.job('stopped', shell`echo here; exec sleep 1000`, { ...minute, onLine: read.onLine });
    await read.said('here');
    await eyes.run(shell`systemctl stop ${jobUnit('stopped')}`);
    expect(await job).toMatchObject({ exitCode: 143 });
  });

  it('starts once when many ask at once', async () => {
    const script = lines(shell`echo ran >> /run/count-race`, gate('race'), shell`echo done`);
    const read = reader();
    const calls = Array.from({ length: 8 }, (_, index) =>
      (index % 2 ? host : eyes).job('race', script, { ...minute, onLine: read.onLine }),
    );
    await open('race');
    const results = await Promise.all(calls);
    expect(results.filter((result) => result.startedHere)).toHaveLength(1);
    expect(results.every((result) => result.exitCode === 0)).toBe(true);
    expect(read.lines).toEqual(Array.from({ length: 8 }, () => 'done'));
    expect((await eyes.run(shell`cat /run/count-race`)).stdout).toBe('ran\n');
  });

  it('is started by the next caller when the first died between the folder and the unit', async () => {
    await host.job('template', shell`true`, minute);
    await eyes.run(
      lines(
        shell`cd /run/rackwright/jobs && mkdir orphan && cp template/unit orphan/ && : > orphan/log`,
        shell`echo 'echo the first script' > orphan/script`,
      ),
    );
    const result = await host.job('orphan', shell`echo the second`, minute);
    expect(result).toEqual({ exitCode: 0, startedHere: true, tail: 'the first script\n' });
  });

  it('does not run a second time when its unit is started twice', async () => {
    await host.job('once', shell`echo ran >> /run/count-once`, minute);
    const unit = '/run/rackwright/jobs/once';
    const again = await eyes.run(
      shell`systemd-run --wait --collect -p ${`ExecStopPost=/bin/sh ${unit}/unit end ${unit}`} sh ${unit}/unit start ${unit} abc`,
    );
    expect(again.exitCode).not.toBe(0);
    expect((await eyes.run(shell`cat /run/count-once`)).stdout).toBe('ran\n');
    expect(await host.job('once', shell`true`, minute)).toMatchObject({ exitCode: 0, startedHere: false });
  });

  it('tells all of a log that is written fast, and keeps lines short', async () => {
    const read = reader();
    const script = lines(
      shell`seq 1 200000`,
      shell`head -c 100000 /dev/zero | tr '\\0' x; echo`,
      shell`echo end`,
    );
    const result = await host.job('fast', script, { ...minute, onLine: read.onLine });
    expect(result.exitCode).toBe(0);
    expect(read.lines).toHaveLength(200_002);
    expect(read.lines.slice(0, 200_000)).toEqual(
      Array.from({ length: 200_000 }, (_, index) => String(index + 1)),
    );
    expect(read.lines[200_000]).toHaveLength(1024);
    expect(result.tail.length).toBeLessThanOrEqual(4096);
    expect(result.tail.endsWith('x\nend\n')).toBe(true);
  });

  it('is alive every few seconds while it says nothing', async () => {
    const beats: number[] = [];
    await host.job('quiet', shell`sleep 7`, { ...minute, onAlive: () => beats.push(performance.now()) });
    const gaps = beats.slice(1).map((beat, index) => beat - (beats[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(3000);
    expect(beats.length).toBeGreaterThan(3);
  });

  it('passes an error of the caller on', async () => {
    const onLine = () => {
      throw new Error('mine');
    };
    await expect(host.job('thrown', shell`echo x`, { ...minute, onLine })).rejects.toThrow('mine');
  });
});

it('the id of the boot stays while the machine is up', async () => {
  const id = await readBootId(host);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await readBootId(eyes)).toBe(id);
});
