import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryDemand, reachDemand, roomDemand } from '../../layers/parts/demands.ts';
import type { Demand } from '../../layers/layer.ts';

/** The scripts themselves, on this computer: what they look at is there, and they change nothing. */
function look(demand: Demand) {
  if (demand.kind !== 'script') throw new Error('no script');
  const { status, stdout } = spawnSync('sh', ['-c', demand.script.text], { encoding: 'utf8' });
  return { code: demand.code, status, said: stdout.trim() };
}

test('memory', () => {
  expect(look(memoryDemand(1))).toEqual({ code: 'MACHINE_TOO_SMALL', status: 0, said: '' });
  const { status, said } = look(memoryDemand(1_000_000_000));
  expect(status).toBe(1);
  expect(said).toMatch(/^it has \d+ MiB of memory, and 1000000000 are needed$/);
});

test('room, also where the folder is not there yet', () => {
  expect(look(roomDemand('/var/lib/not/there/yet', 1))).toMatchObject({ status: 0, said: '' });
  const { status, said } = look(roomDemand('/var/lib/not/there/yet', 1_000_000_000));
  expect(status).toBe(1);
  expect(said).toMatch(/^\/var\/lib has \d+ MiB of room, and 1000000000 are needed$/);
});

describe.skipIf(!existsSync('/usr/lib/apt/apt-helper'))('a mirror', () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/there' ? 200 : 404).end('x');
  });
  let url: string;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => server.close());

  /** Not `spawnSync`: the server is in this process. */
  async function lookAt(path: string) {
    const demand = reachDemand(`${url}${path}`, undefined);
    if (demand.kind !== 'script') throw new Error('no script');
    const { exitCode, stdout } = await execa('sh', ['-c', demand.script.text], { reject: false });
    return { code: demand.code, exitCode, stdout };
  }

  test('is reached, or not, and says why', async () => {
    expect(await lookAt('/there')).toEqual({ code: 'MIRROR_UNREACHABLE', exitCode: 0, stdout: '' });
    const gone = await lookAt('/gone');
    expect(gone.exitCode).toBe(1);
    expect(gone.stdout).toContain(`${url}/gone is not reached`);
    expect(gone.stdout).toContain('404');
  });
});
