import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Shell, shell } from '../../../remote/index.ts';
import { type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1']);
}, 300_000);
afterAll(() => bench?.close());

async function must(command: Shell, timeoutMs = 60_000): Promise<string> {
  const { exitCode, stdout, stderr } = await bench.run('m1', command, timeoutMs);
  expect(exitCode, stdout.slice(-2_000) + stderr.slice(-2_000)).toBe(0);
  return stdout;
}

test('the example of a web server with PHP and a database, as compose carries it', async () => {
  expect((await bench.lay('m1', 'docker')).failure).toBeUndefined();
  const { root } = bench.rack.machines[0] ?? expect.fail('no machine');
  const proxy = bench.rack.packageProxy;
  await execa('cp', ['-r', 'docs/examples/lamp', join(root, 'root/lamp')]);
  // No registry is reached from here: the base is made of the distribution's packages.
  const options = [
    `--aptopt=Acquire::http::Proxy "${proxy}"`,
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Check-Date "false"',
  ];
  await must(
    shell`apt-get -qq -o Acquire::http::Proxy=${proxy} --no-install-recommends install mmdebstrap >/dev/null
mmdebstrap --quiet --variant=minbase ${options} bookworm - /etc/apt/sources.list.d/*.sources | docker import - debian:12-slim`,
    600_000,
  );
  await must(
    shell`cd /root/lamp
(umask 077 && tr -dc A-Za-z0-9 </dev/urandom | head -c 32 >db_password)
docker-compose build --build-arg http_proxy=${proxy} >build.log 2>&1 || { tail -n 20 build.log; exit 1; }
docker-compose up --detach`,
    900_000,
  );
  const page = shell`left=240
until curl -fsS http://127.0.0.1:8080/ 2>/dev/null; do left=$((left - 1)); [ $left -gt 0 ] || exit 1; sleep 0.5; done`;
  expect(await must(page, 150_000)).toMatch(/^visit 1, by PHP 8 and .*MariaDB/);
  await must(shell`cd /root/lamp && docker-compose restart`, 150_000);
  expect(await must(page, 150_000)).toMatch(/^visit 2, /);
  await must(
    shell`cd /root/lamp && docker-compose down --volumes --rmi all && docker rmi debian:12-slim`,
    150_000,
  );
  expect((await bench.remove('m1', 'docker')).failure).toBeUndefined();
}, 2_400_000);
