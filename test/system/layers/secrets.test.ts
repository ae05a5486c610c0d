import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findLayer, secretFile } from '../../../layers/index.ts';
import { layerSecretId } from '../../../model/index.ts';
import { shell } from '../../../remote/index.ts';
import { machineWorkflowId } from '../../../workflows/messages.ts';
import { type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';
import { ownCloudArchive } from '../../fixtures/owncloud-archive.ts';

/** docs/security.md, rules 16 and 31, for layers: secrets are in their files, and in no list of processes, log, history or plan. */
let bench: LayerBench;
let mirror: TestMirror;
const archive = 'https://download.owncloud.com/server/stable/owncloud-11.0.0.tar.bz2';
beforeAll(async () => {
  bench = await layerBench(['m1']);
  mirror = await startMirror(bench.rack.hostAddress);
}, 300_000);
afterAll(async () => {
  await bench?.close();
  await mirror?.close();
});

/** Processes of machines are the host's as well. @returns command lines that hold one of these */
async function commandLinesWith(values: readonly string[]): Promise<readonly string[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    numbers.map((pid) => readFile(join('/proc', pid, 'cmdline'), 'latin1').catch(() => '')),
  );
  return lines.filter((line) => values.some((value) => line.includes(value)));
}

test('of ownCloud: while it is laid, after it, and when it is gone', async () => {
  const { store, client } = bench.plane;
  const names = (findLayer('owncloud').secrets ?? []).map(({ name }) => name);
  const id = layerSecretId('m-m1', 'owncloud');
  const values = async () =>
    (await Promise.all(names.map((name) => store.secrets.get(id, name)))).flatMap((one) =>
      one ? [one.reveal()] : [],
    );
  const sha256 = await mirror.file(archive, await ownCloudArchive('11.0.0'));
  const parameters = {
    version: '11.0.0',
    sha256,
    mirror: mirror.url,
    hostname: 'files.example.org',
    php: 'any',
  };
  const { operationId } = await bench.ask('m1', { layer: 'owncloud', parameters });
  const end = bench.ended(operationId);
  const over = new AbortController();
  void end.finally(() => over.abort());
  const seen = new Set<string>();
  let looks = 0;
  while (!over.signal.aborted) {
    const known = await values();
    if (known.length === names.length) {
      looks += 1;
      for (const line of await commandLinesWith(known)) seen.add(line.replaceAll('\0', ' '));
    }
    await breath();
  }
  const operation = await end;
  expect(operation.failure).toBeUndefined();
  expect(looks).toBeGreaterThan(50);
  expect([...seen]).toEqual([]);

  const known = await values();
  expect(known).toHaveLength(2);
  expect(new Set(known).size).toBe(2);
  for (const [index, name] of names.entries()) {
    const file = secretFile('owncloud', name);
    expect((await bench.run('m1', shell`stat -c '%U %a' ${file}`)).stdout.trim()).toBe('root 600');
    expect((await bench.run('m1', shell`cat ${file}`)).stdout).toBe(known[index]);
  }
  const holds = (text: string) => known.filter((value) => text.includes(value));
  for (const { name } of operation.steps) {
    const log = await store.operations.log(operationId, name);
    expect(holds(log.map(({ line }) => line).join('\n')), name).toEqual([]);
  }
  for (const workflowId of [machineWorkflowId('m-m1'), machineWorkflowId(operationId)]) {
    const history = JSON.stringify(await client.workflow.getHandle(workflowId).fetchHistory());
    const payloads = [...history.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString('utf8'),
    );
    expect(payloads.some((payload) => payload.includes('owncloud'))).toBe(true);
    expect(holds([history, ...payloads].join('\n'))).toEqual([]);
  }
  expect(holds(JSON.stringify(await bench.record('m1')))).toEqual([]);

  expect((await bench.remove('m1', 'owncloud')).failure).toBeUndefined();
  expect(await values()).toEqual([]);
  const left = await bench.run('m1', shell`ls /var/lib/rackwright/secrets/owncloud 2>&1`);
  expect(left.exitCode).not.toBe(0);
}, 600_000);
