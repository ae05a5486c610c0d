import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readOutcome, shippedScripts } from '../../inventory/index.ts';
import type { Script } from '../../model/index.ts';
import { makeNamespaces, type Namespaces } from '../fixtures/namespaces.ts';

/** Each shipped test with the real tool on this computer: on files, on a loop device, between two namespaces. */

let scripts: ReadonlyMap<string, Script>;
let home: string;
let folder: string;
let count = 0;
beforeAll(async () => {
  scripts = new Map((await shippedScripts()).map((script) => [script.metadata.name, script]));
  home = await mkdtemp(join(tmpdir(), 'rw-shipped-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));
beforeEach(async () => {
  count += 1;
  folder = join(home, String(count));
  await mkdir(join(folder, 'download'), { recursive: true });
});

interface Ran {
  readonly verdict: string;
  readonly reason?: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

async function run(
  name: string,
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly namespace?: string } = {},
): Promise<Ran> {
  const file = join(folder, 'script');
  await writeFile(file, scripts.get(name)?.content ?? '', { mode: 0o700 });
  const words = options.namespace ? ['ip', 'netns', 'exec', options.namespace, file] : [file];
  const { all, exitCode } = await execa(words[0] as string, [...words.slice(1), ...args], {
    all: true,
    reject: false,
    cwd: folder,
    env: {
      RESULT_PATH: join(folder, 'result.yaml'),
      DOWNLOAD_PATH: join(folder, 'download'),
      ...options.env,
    },
  });
  const written = await readFile(join(folder, 'result.yaml'), 'utf8').catch(() => '');
  const outcome = readOutcome(`exit ${exitCode}\n\n@@rackwright result\n${written}`, all, 60);
  return { ...outcome, lines: all.split('\n') };
}

async function sparseFile(mib: number): Promise<string> {
  const file = join(folder, 'disk');
  await (await open(file, 'w')).close();
  await execa('truncate', ['-s', `${mib}M`, file]);
  return file;
}

/** A real block device over a file, gone afterwards. */
async function onLoop(mib: number, work: (device: string, file: string) => Promise<void>): Promise<void> {
  const file = await sparseFile(mib);
  const { stdout: device } = await execa('losetup', ['--find', '--show', file]);
  try {
    await work(device, file);
  } finally {
    await execa('losetup', ['--detach', device]);
  }
}

describe('processors', () => {
  test('by stress-ng', async () => {
    const { verdict, values, lines } = await run('cpu-load', ['--runtime=6']);
    expect(verdict).toBe('passed');
    expect(values).toMatchObject({ tool: 'stress-ng', machine_checks: 0 });
    expect(lines.some((line) => /at work for \d+ of 6 s/.test(line))).toBe(true);
  });
});

describe('memory', () => {
  test('under load, by copies where there is no stress-ng', async () => {
    // The real programs, all but one.
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const tool of ['mktemp', 'df', 'sed', 'head', 'cp', 'cmp', 'date', 'rm', 'cat', 'sh'])
      await execa('ln', ['-s', (await execa('which', [tool])).stdout, join(bin, tool)]);
    const { verdict, values, lines } = await run('memory-load', ['--runtime=1', '--size=64'], {
      env: { PATH: bin },
    });
    expect([verdict, values.tool]).toEqual(['passed', 'cmp']);
    expect(values.tested_mib).toBe(64);
    expect(lines[0]).toBe('round 1: 64 MiB written and compared');
  });

  test('by patterns', async () => {
    const { verdict, values, lines } = await run('memory-pattern', ['--size=8']);
    expect(verdict).toBe('passed');
    expect(values).toEqual({ tested_mib: 8 });
    expect(lines.some((line) => /Stuck Address +: +ok/.test(line))).toBe(true);
    expect(lines.join('\n')).not.toContain('\b');
  });
});

describe('disks', () => {
  test.each(['sampled', 'whole'])('are read, %s, and not written', async (mode) => {
    await onLoop(1000, async (device, file) => {
      const before = (await stat(file)).mtimeMs;
      const { verdict, values, lines } = await run('disk-read', [`--storage=${device}`, `--mode=${mode}`]);
      expect(verdict).toBe('passed');
      expect(values.read_mib).toBe(mode === 'whole' ? 1000 : 800 + 200);
      expect(lines.filter((line) => /^\d+ % of the disk$/.test(line)).length).toBeGreaterThan(3);
      expect((await stat(file)).mtimeMs).toBe(before);
    });
  });

  test('what cannot be read is counted and told where it is', async () => {
    await onLoop(400, async (device, file) => {
      // The file behind the device loses its second half: reads there fail as on a disk that lost its sectors.
      await execa('truncate', ['-s', '200M', file]);
      const { verdict, reason, lines } = await run('disk-read', [`--storage=${device}`]);
      expect([verdict, reason]).toEqual(['failed', expect.stringMatching(/^\d+ places could not be read$/)]);
      expect(lines.find((line) => line.startsWith('cannot read at'))).toMatch(/^cannot read at 20\d MiB: /);
    });
  });

  test.each(['sampled', 'whole'])('are written and compared, %s', async (mode) => {
    await onLoop(100, async (device, file) => {
      const { verdict, values } = await run('disk-write-read', [`--storage=${device}`, `--mode=${mode}`]);
      expect([verdict, values]).toEqual(['passed', { tested_mib: 100, errors: 0 }]);
      expect((await readFile(file)).subarray(-64).toString()).toContain('rackwright ');
    });
  });

  test('a disk that gives back something else fails', async () => {
    await onLoop(64, async (device, file) => {
      const watched = run('disk-write-read', [`--storage=${device}`]);
      // Between the writing and the comparing another hand changes what is there: caught if it was in time, and it is
      // caught in the end, since it goes on.
      const stop = new AbortController();
      const spoil = (async () => {
        while (!stop.signal.aborted) {
          await execa(
            'dd',
            ['if=/dev/urandom', `of=${file}`, 'bs=4096', 'count=1', 'seek=4096', 'conv=notrunc'],
            {
              stderr: 'ignore',
            },
          );
          await execa('blockdev', ['--flushbufs', device]);
        }
      })();
      const { verdict, lines } = await watched;
      stop.abort();
      await spoil;
      expect(verdict).toBe('failed');
      expect(lines.some((line) => line.startsWith('at 16 MiB is something else'))).toBe(true);
    });
  });

  test('are measured by fio', async () => {
    await onLoop(64, async (device) => {
      const { verdict, values, lines } = await run('disk-fio', [`--storage=${device}`, '--seconds=1']);
      expect(verdict, lines.join('\n')).toBe('passed');
      for (const name of ['random_read_iops', 'random_write_iops', 'read_mib', 'write_mib'])
        expect(Number(values[name]), name).toBeGreaterThan(0);
    });
  });
});

describe('the disk tests itself', () => {
  test('a disk that does not speak SMART is skipped, not passed', async () => {
    await onLoop(16, async (device) => {
      const { verdict, reason } = await run('disk-smart-short', [`--storage=${device}`]);
      expect([verdict, reason]).toEqual(['skipped', expect.stringContaining('does not speak SMART')]);
    });
  });

  /** A disk, not the program: it answers as smartctl prints what disks say, and gets on by a third each time it is asked. */
  const disk = (protocol: 'ATA' | 'NVMe', end: string) => `#!/bin/sh
state=$0.state
case "$*" in
-t*) echo 0 >"$state"; exit 0 ;;
--json=g*) ;;
*) exit 1 ;;
esac
echo 'json.device.protocol = "${protocol}";'
echo 'json.smart_status.passed = true;'
echo 'json.power_on_time.hours = 77;'
if [ -e "$state" ]; then read -r done <"$state"; echo $((done + 1)) >"$state"; else done=3; fi
${
  protocol === 'ATA'
    ? `if [ $done -lt 3 ]; then echo 'json.ata_smart_data.self_test.status.value = 249;'; echo "json.ata_smart_data.self_test.status.remaining_percent = $((90 - done * 30));"
else echo 'json.ata_smart_data.self_test.status.value = ${end};'; echo 'json.ata_smart_data.self_test.status.string = "completed, read failure";'; fi`
    : `if [ $done -lt 3 ]; then echo 'json.nvme_self_test_log.current_self_test_operation.value = 1;'; echo "json.nvme_self_test_log.current_self_test_completion_percent = $((done * 30));"
else echo 'json.nvme_self_test_log.current_self_test_operation.value = 0;'; echo 'json.nvme_self_test_log.table[0].self_test_result.value = ${end};'; echo 'json.nvme_self_test_log.table[0].self_test_result.string = "a segment failed";'; fi`
}
`;
  const runOn = async (program: string, test = 'disk-smart-short') => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'smartctl'), program);
    await chmod(join(bin, 'smartctl'), 0o755);
    const env = { PATH: `${bin}:${process.env.PATH}`, RW_POLL_SECONDS: '0' };
    return run(test, ['--storage=/dev/null'], { env });
  };
  test.each([
    ['ATA', '0', 'passed', undefined],
    ['ATA', '112', 'failed', 'the short test ended: completed, read failure'],
    ['NVMe', '0', 'passed', undefined],
    ['NVMe', '7', 'failed', 'the short test ended: a segment failed'],
  ] as const)('%s that ends with %s has %s', async (protocol, end, verdict, reason) => {
    const ran = await runOn(disk(protocol, end));
    expect([ran.verdict, ran.reason]).toEqual([verdict, reason]);
    expect(ran.lines.filter((line) => line.endsWith('% done')).length).toBeGreaterThan(0);
    expect(ran.values).toMatchObject({ health: 'passed' });
  });
  test('one without a conveyance test is skipped', async () => {
    const ran = await runOn(disk('ATA', '0'), 'disk-smart-conveyance');
    expect([ran.verdict, ran.reason]).toEqual(['skipped', 'the disk has no conveyance test']);
  });
  test('one that says it is failing fails at once', async () => {
    const ran = await runOn(disk('ATA', '0').replace('passed = true', 'passed = false'));
    expect([ran.verdict, ran.reason]).toEqual(['failed', 'the disk says that it is failing']);
  });
});

describe('the network', () => {
  let net: Namespaces;
  beforeAll(async () => {
    net = await makeNamespaces('rwst', ['10.99.7.1/24']);
    await net.run(net.clients[0] as string, 'ip', ['address', 'add', '10.99.7.2/24', 'dev', 'c0']);
  });
  afterAll(() => net.remove());
  const on = (env: Record<string, string> = {}) => ({ namespace: net.clients[0] as string, env });

  test('who answers and who does not', async () => {
    const good = await run('network-reach', ['--interface=c0'], on({ RW_CONTROLLER: '10.99.7.1' }));
    expect([good.verdict, good.values]).toEqual(['passed', { answered: ['10.99.7.1'], silent: [] }]);
    await rm(join(folder, 'result.yaml'));
    const bad = await run(
      'network-reach',
      ['--interface=c0', '--targets=10.99.7.77'],
      on({ RW_CONTROLLER: '10.99.7.1' }),
    );
    expect(bad.verdict).toBe('failed');
    expect(bad.values).toEqual({ answered: ['10.99.7.1'], silent: ['10.99.7.77'] });
  });

  test('a card without an address is skipped', async () => {
    const { verdict, reason } = await run(
      'network-reach',
      ['--interface=lo'],
      on({ RW_CONTROLLER: '10.99.7.1' }),
    );
    expect([verdict, reason]).toEqual(['skipped', 'lo has no address in the running system']);
  });

  test('how much it carries, against a floor', async () => {
    const code = `require('node:http').createServer((_, res) => res.end(Buffer.alloc(64 * 2 ** 20))).listen(8099, '10.99.7.1', () => console.log('up'))`;
    const server = spawn('ip', ['netns', 'exec', net.server, process.execPath, '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(server.stdout, 'data');
      const ask = on({ RW_ARTEFACT_URL: 'http://10.99.7.1:8099/' });
      const good = await run('network-throughput', ['--interface=c0', '--minimum=1'], ask);
      expect(good.verdict).toBe('passed');
      expect(good.values.mib).toBe(64);
      expect(Number(good.values.mbit)).toBeGreaterThan(1);
      const slow = await run('network-throughput', ['--interface=c0', '--minimum=99999999'], ask);
      expect([slow.verdict, slow.reason]).toEqual(['failed', expect.stringContaining('less than')]);
    } finally {
      server.kill('SIGKILL');
    }
    const gone = await run(
      'network-throughput',
      ['--interface=c0'],
      on({ RW_ARTEFACT_URL: 'http://10.99.7.1:8099/' }),
    );
    expect(gone.verdict).toBe('failed');
  });
});
